import { expect, test } from 'vitest';
import { announceMode } from './network-announcer.ts';

const plain = { config: {}, env: {}, profile: undefined, isContainer: false };
const mode = (value: string) => ({ discovery: { mdns: { mode: value } } });

test.each([
  ['minimal, unless told', {}, 'minimal'],
  ['what the configuration says', { config: mode('full') }, 'full'],
  [
    'off when the configuration says so',
    { config: mode('off'), env: { OPENCLAW_DISABLE_BONJOUR: '0' } },
    'off',
  ],
  ['off when the variable says so', { config: mode('full'), env: { OPENCLAW_DISABLE_BONJOUR: '1' } }, 'off'],
  ['off in a container', { isContainer: true }, 'off'],
  [
    'on in a container whose configuration asks for it',
    { isContainer: true, config: mode('minimal') },
    'minimal',
  ],
  [
    'on in a container by the variable',
    { isContainer: true, env: { OPENCLAW_DISABLE_BONJOUR: '0' } },
    'minimal',
  ],
  ['off in the profile for development', { profile: 'dev' }, 'off'],
  ['on in that profile when asked for', { profile: 'dev', config: mode('full') }, 'full'],
  ['on in any other profile', { profile: 'work' }, 'minimal'],
])('a gateway is announced: %s', (_, more, expected) => {
  expect(announceMode({ ...plain, ...more })).toBe(expected);
});

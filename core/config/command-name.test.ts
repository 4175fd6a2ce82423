import { expect, it } from 'vitest';
import { commandName } from './command-name.ts';

it.each([
  [undefined, {}, 'openclaw'],
  ['work', {}, 'openclaw --profile work'],
  ['dev', {}, 'openclaw --dev'],
  ['work', { OPENCLAW_CLI_NAME: 'node dist/openclaw.cjs' }, 'node dist/openclaw.cjs --profile work'],
  [undefined, { OPENCLAW_CLI_NAME: ' ' }, 'openclaw'],
])('of the profile %s with %j is %s', (profile, env, name) => {
  expect(commandName({ profile }, env)).toBe(name);
});

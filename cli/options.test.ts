import { expect, test } from 'vitest';
import { parseDuration, parseLimit, parsePort, parseTimeout } from './options.ts';
import { runInMemory } from './testing/memory-cli.ts';

test.each([
  ['1', 1],
  ['18789', 18_789],
  ['65535', 65_535],
])('%s is a port', (text, port) => {
  expect(parsePort(text)).toBe(port);
});

test.each(['0', '65536', 'abc', '', '1e3', '0x10', '-1', ' 80'])('"%s" is no port', (text) => {
  expect(() => parsePort(text)).toThrow(
    'Invalid --port. Use a port number from 1 to 65535, for example 18789.',
  );
});

test.each(['0', '-5', '1.5', 'soon'])('"%s" is no time limit', (text) => {
  expect(() => parseTimeout(text)).toThrow(/^Invalid --timeout\. Use a number of milliseconds/);
});

test.each([
  ['500ms', 500],
  ['60000', 60_000],
  ['30s', 30_000],
  ['10m', 600_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
])('%s is a duration of %d ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each(['', '5w', 'm', '1.5h', '-1s', '999999999999d'])('"%s" is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow(/^Invalid --since/);
});

test('a limit of lines is one to five thousand', () => {
  expect(parseLimit('5000')).toBe(5000);
  for (const text of ['0', '5001', 'all']) expect(() => parseLimit(text)).toThrow(/^Invalid --limit/);
});

test.each([
  ['--auth', 'Invalid --auth. Use "none", "token", "password", or "trusted-proxy".'],
  ['--bind', 'Invalid --bind. Use "loopback", "lan", "tailnet", "auto", or "custom".'],
  ['--tailscale', 'Invalid --tailscale. Use "off", "serve", or "funnel".'],
  ['--ws-log', 'Invalid --ws-log. Use "auto", "full", or "compact".'],
])('%s with an unknown word names the words it takes', async (flag, message) => {
  const { exitCode, stderr } = await runInMemory(['gateway', 'run', flag, 'bogus']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: `${message}\n` });
});

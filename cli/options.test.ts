import { expect, test } from 'vitest';
import { parseCount, parseDuration, parseLimit, parsePort, parseSeconds, parseTimeout } from './options.ts';
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

test.each(['0', '-5', '1.5', 'soon', '86400001', '99999999999'])('"%s" is no time limit', (text) => {
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

test('a count is one to as many as there may be', () => {
  const days = parseCount('--days', 3650);
  expect([days('1'), days('3650')]).toEqual([1, 3650]);
  for (const text of ['0', '3651', 'all', '1e2'])
    expect(() => days(text)).toThrow('Invalid --days. Use a number from 1 to 3650.');
});

test('the time for an answer is in seconds, and 0 for no limit', () => {
  expect([parseSeconds('0'), parseSeconds('120')]).toEqual([0, 120]);
  for (const text of ['-1', '1.5', '86401', '2m'])
    expect(() => parseSeconds(text)).toThrow(/^Invalid --timeout\. Use a number of seconds/);
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

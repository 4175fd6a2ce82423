import { expect, test } from 'vitest';
import { isAtLeast, isSince, parseLogLine } from '../../core/logs/log-line.ts';
import { fileLine } from '../../core/logs/record.ts';
import { createOutput } from '../output.ts';
import { memoryCli } from '../testing/memory-cli.ts';
import { logLineText } from './log-line.ts';

const { style } = createOutput(memoryCli([]), { json: false, color: false });
const time = Date.UTC(2026, 10, 22, 11, 13, 4, 866);
const raw = fileLine({
  level: 'warn',
  subsystem: 'gateway/ws',
  message: 'slow',
  fields: { ms: 12, to: 'x' },
  time,
});

test('a line this gateway wrote is understood', () => {
  const line = parseLogLine(raw);
  expect(line).toMatchObject({
    level: 'warn',
    subsystem: 'gateway/ws',
    message: 'slow',
    fields: { ms: 12, to: 'x' },
  });
  expect(Date.parse(line?.time ?? '')).toBe(time);
  expect(logLineText(line ?? { message: '' }, style)).toBe(`${line?.time} warn [gateway/ws] slow ms=12 to=x`);
});

test('a line of another version, without a subsystem, is understood', () => {
  const line = parseLogLine(
    JSON.stringify({
      0: 'Gateway call: health',
      _meta: { name: 'openclaw', logLevelName: 'INFO' },
      time: '2026-11-22T11:34:11.379+00:00',
    }),
  );
  expect(line).toEqual({
    time: '2026-11-22T11:34:11.379+00:00',
    level: 'info',
    message: 'Gateway call: health',
  });
});

test.each(['', 'plain text', '[1]', 'null', '{"torn": '])('%j is not a log entry', (text) => {
  expect(parseLogLine(text)).toBeUndefined();
});

test('a message cannot command the terminal or fake a second line', () => {
  const line = parseLogLine(JSON.stringify({ 0: 'a\u001b[2J\n2026 info [gateway] forged' }));
  expect(logLineText(line ?? { message: '' }, style)).toBe('a\\u001b[2J\\n2026 info [gateway] forged');
});

test('a threshold lets graver lines pass, and those nobody can judge', () => {
  const line = parseLogLine(raw);
  expect([isAtLeast(line, 'info'), isAtLeast(line, 'warn'), isAtLeast(line, 'error')]).toEqual([
    true,
    true,
    false,
  ]);
  expect(isAtLeast(undefined, 'fatal')).toBe(true);
});

test('a line is since a moment when it is not older', () => {
  const line = parseLogLine(raw);
  expect([isSince(line, time), isSince(line, time + 1), isSince(undefined, time)]).toEqual([
    true,
    false,
    true,
  ]);
});

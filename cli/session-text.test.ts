import { expect, test } from 'vitest';
import { createOutput } from './output.ts';
import { counted, grouped, rowsOf, sessionFields, sessionLines } from './session-text.ts';
import { memoryCli } from './testing/memory-cli.ts';
import { displayWidth } from './text-width.ts';

const { style } = createOutput(memoryCli([]), { json: false, color: false });
const now = 1_800_000_000_000;

test('a session in a list shows its key, its title, its time and its size', () => {
  const row = {
    key: 'agent:main:trip',
    label: '京都',
    updatedAt: now - 180_000,
    status: 'running',
    messageCount: 12,
    totalTokens: 34_567,
    modelProvider: 'ollama',
    model: 'qwen3',
  };
  expect(sessionLines(row, now, 50, style)).toEqual([
    'agent:main:trip                 running, 3 min ago',
    '    京都',
    '    12 messages, 34,567 tokens, ollama/qwen3',
  ]);
});

test('only a key is ever longer than the terminal is wide', () => {
  const row = { key: `agent:main:${'k'.repeat(90)}`, derivedTitle: '世界'.repeat(60), updatedAt: now };
  const [key = '', title = ''] = sessionLines(row, now, 80, style);
  expect(key).toContain(row.key);
  expect(displayWidth(title)).toBeLessThanOrEqual(80);
});

test('names cannot command a terminal', () => {
  const lines = sessionLines({ key: 'a\u001b[2J', label: 'x\ny\u202e' }, now, 80, style);
  expect(lines.join('\n')).not.toMatch(/[^\P{Cc}\n]|\p{Cf}/u);
  expect(lines).toHaveLength(2);
});

test('fields that nobody knows are left out', () => {
  const known = sessionFields({ sessionId: 's1' }, now).filter(([, value]) => value !== undefined);
  expect(known).toEqual([['Id', 's1']]);
});

test('rows without a key are no rows', () => {
  expect(rowsOf({ sessions: [{ key: 'a' }, {}, null, { key: 5 }] })).toEqual([{ key: 'a' }]);
  expect(rowsOf(undefined)).toEqual([]);
});

test('numbers read the same everywhere', () => {
  expect([grouped(0), grouped(999), grouped(1000), grouped(1_234_567)]).toEqual([
    '0',
    '999',
    '1,000',
    '1,234,567',
  ]);
  expect([counted(1, 'day'), counted(2, 'day')]).toEqual(['1 day', '2 days']);
});

import { expect, test } from 'vitest';
import { createOutput } from '../output.ts';
import { memoryCli } from '../testing/memory-cli.ts';
import { transcriptLines } from './message-lines.ts';

const { style } = createOutput(memoryCli([]), { json: false, color: false });

test('a conversation reads like one', () => {
  const messages = [
    { role: 'user', content: 'What is in\nthis directory?' },
    {
      role: 'assistant',
      content: [{ type: 'toolCall', id: 'c', name: 'exec', arguments: { command: 'ls' } }],
    },
    { role: 'toolResult', toolName: 'exec', content: [{ type: 'text', text: 'a b' }] },
    { role: 'toolResult', toolName: 'read', content: [{ type: 'text', text: 'gone' }], isError: true },
    { role: 'assistant', content: [{ type: 'text', text: 'Two files:\n\n\ta\n\tb' }] },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'And this?' },
        { type: 'file', name: 'x.png' },
      ],
    },
    { role: 'system', content: 'Compacted.' },
  ];
  expect(transcriptLines(messages, style, 80)).toEqual([
    '> What is in',
    '  this directory?',
    '[exec] ls',
    '[read] failed: gone',
    'Two files:',
    '',
    '\ta',
    '\tb',
    '',
    '> And this?',
    '> [x.png]',
    'Compacted.',
  ]);
});

test.each([
  [{ openclawAbort: { aborted: true, origin: 'rpc' } }, '(stopped)'],
  [{ openclawAbort: { aborted: true, origin: 'timeout' } }, '(stopped: its time was over)'],
  [{ openclawError: { runId: 'r' } }, '(not complete: the run failed)'],
])('an answer with %j does not pass for a whole one', (mark, note) => {
  const message = { role: 'assistant', content: 'The first ha', ...mark };
  expect(transcriptLines([message], style, 80)).toEqual(['The first ha', note]);
});

test('what is stored cannot command a terminal', () => {
  const [line] = transcriptLines([{ role: 'assistant', content: 'a\u001b]0;x\u0007\u202eb' }], style, 80);
  expect(line).toBe('a\\u001b]0;x\\u0007\\u202eb');
});

test('things that are no messages are passed over', () => {
  expect(transcriptLines([null, 5, {}, { role: 'assistant', content: [] }], style, 80)).toEqual([]);
});

import { expect, test } from 'vitest';
import { displayWidth } from '../text-width.ts';
import { toolFailureLine, toolLine } from './tool-line.ts';

test.each([
  ['exec', { command: 'ls -la', timeout: 5 }, '[exec] ls -la'],
  ['read', { path: 'a.txt' }, '[read] a.txt'],
  ['web_fetch', { url: 'https://example.org' }, '[web_fetch] https://example.org'],
  ['status', {}, '[status]'],
  ['status', undefined, '[status]'],
  ['find', { depth: 2 }, '[find] {"depth":2}'],
  ['broken', '{"command":', '[broken] {"command":'],
])('%s with %j is %s', (name, args, line) => {
  expect(toolLine(name, args, 80)).toBe(line);
});

test('a long or hostile call stays one harmless line', () => {
  const line = toolLine('exec', { command: `echo 你好\n\u001b[2J${'世'.repeat(80)}` }, 60);
  expect(displayWidth(line)).toBeLessThanOrEqual(60);
  expect(line).toContain('echo 你好\\n\\u001b[2J');
  expect(toolFailureLine('exec', '', 60)).toBe('[exec] failed');
});

import { expect, test } from 'vitest';
import { AnswerPrinter } from './answer-printer.ts';

function printer(isShared = false) {
  const screen = { text: '', asides: [] as string[] };
  const answer = new AnswerPrinter({
    isShared,
    width: 40,
    write: (text) => {
      screen.text += text;
    },
    aside: (line) => {
      if (isShared) screen.text += `${line}\n`;
      else screen.asides.push(line);
    },
  });
  const say = (text: string, itemId?: string) => answer.show({ type: 'text', text, itemId });
  const use = (name: string, args: unknown = {}) => answer.show({ type: 'tool-start', id: 'c', name, args });
  return { screen, answer, say, use };
}

test('text grows as it is told, and its last line is ended once', () => {
  const { screen, answer, say } = printer();
  say('Hello');
  expect(screen.text).toBe('Hello');
  say('Hello world');
  answer.finish('Hello world');
  answer.finish();
  expect(screen.text).toBe('Hello world\n');
});

test('an event that was lost costs nothing', () => {
  const { screen, answer, say } = printer();
  say('one');
  say('one two three');
  answer.finish('one two three four');
  expect(screen.text).toBe('one two three four\n');
});

test('an answer that was never streamed is shown as a whole', () => {
  const { screen, answer } = printer();
  answer.finish('All of it.\n');
  expect(screen.text).toBe('All of it.\n');
  expect(answer.hasText).toBe(true);
});

test('an answer that says nothing shows nothing', () => {
  const { screen, answer } = printer();
  answer.finish('');
  expect([screen.text, answer.hasText]).toEqual(['', false]);
});

test.each([
  ['another item', 'b:2', 'Let'],
  ['text that does not go on', undefined, 'Done'],
])('%s begins a new paragraph', (_name, itemId, text) => {
  const { screen, answer, say, use } = printer();
  say('Let me see.', 'a:1');
  use('exec');
  say(text, itemId);
  answer.finish(text);
  expect(screen.text).toBe(`Let me see.\n\n${text}\n`);
  expect(screen.asides).toEqual(['[exec]']);
});

test('on one terminal a tool never stands in the middle of a line', () => {
  const { screen, answer, say, use } = printer(true);
  say('Let me see.', 'a:1');
  use('exec', { command: 'ls' });
  say('Two files.', 'b:2');
  answer.finish('Two files.');
  expect(screen.text).toBe('Let me see.\n[exec] ls\nTwo files.\n');
});

test('halves of characters and of line breaks wait for the other half', () => {
  const { screen, answer, say } = printer();
  say('a\ud83d');
  expect(screen.text).toBe('a');
  say('a🙂\r');
  expect(screen.text).toBe('a🙂');
  say('a🙂\r\nb');
  answer.finish('a🙂\r\nb');
  expect(screen.text).toBe('a🙂\nb\n');
});

test('a terminal is told nothing but text', () => {
  const { screen, answer, say } = printer();
  say('\u001b[2Jx\u202e\ty\u0007');
  answer.finish();
  expect(screen.text).toBe('\\u001b[2Jx\\u202e\ty\\u0007\n');
});

test('a tool that fails says why, one that works says nothing more', () => {
  const { screen, answer } = printer();
  answer.show({ type: 'tool-result', id: 'c', name: 'read', isError: false, text: 'secret' });
  answer.show({ type: 'tool-result', id: 'c', name: 'read', isError: true, text: 'no such file\nat x' });
  expect(screen.asides).toEqual(['[read] failed: no such file']);
});

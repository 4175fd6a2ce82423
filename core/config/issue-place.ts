import { parseConfigText } from './json5-text.ts';
import { readTree, type Value } from './json5-tree.ts';
import type { ConfigIssue } from './read.ts';

/** Where to look in the text; both count from 1. */
export interface TextPosition {
  line: number;
  column: number;
}

/**
 * Where in `text` an issue is: the key it names, or the nearest object around it that is there. Undefined for what
 * is not about any place, and for values that come from another file.
 */
export function placeOfIssue(text: string, { path, message }: ConfigIssue): TextPosition | undefined {
  const broken = /line (\d+), column (\d+)/.exec(message);
  if (broken) return { line: Number(broken[1]), column: Number(broken[2]) };
  if (!parseConfigText(text).ok) return undefined;
  const start = offsetOf(text, path, unknownKeyIn(message));
  if (start === undefined) return undefined;
  const before = text.slice(0, start).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

const unknownKeyIn = (message: string): string | undefined =>
  /^Unrecognized keys?: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1];

function offsetOf(text: string, path: string, key: string | undefined): number | undefined {
  try {
    const found = find(readTree(text).root, path);
    const member = key === undefined ? undefined : found.value.items.find((item) => item.key === key);
    return member?.start ?? found.start;
  } catch {
    // One of the few legal forms that only the parser of values knows.
    return undefined;
  }
}

/** Keys may hold dots themselves, so the longest name that fits is taken. */
function find(value: Value, path: string, start = value.start): { value: Value; start: number } {
  const fitting = value.items.filter(({ key }) => path === key || path.startsWith(`${key}.`));
  const item = fitting.sort((one, other) => other.key.length - one.key.length)[0];
  return item ? find(item.value, path.slice(item.key.length + 1), item.start) : { value, start };
}

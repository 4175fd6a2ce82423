import JSON5 from 'json5';
import { isPrototypeKey } from './config-path.ts';

export type ParsedText = { ok: true; value: unknown } | { ok: false; message: string };

const MAX_NESTING = 100;

/** Parses JSON5 without ever throwing; too deep nesting and keys that reach into prototypes are refused. */
export function parseConfigText(text: string): ParsedText {
  let value: unknown;
  try {
    value = parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { ok: false, message: syntaxMessage(error) };
  }
  const message = shapeProblem(value);
  return message === undefined ? { ok: true, value } : { ok: false, message };
}

/** Most files are JSON, of which JSON5 makes the same; its own parser takes longer, and tells where a text breaks. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON5.parse(text);
  }
}

/** Level by level, so that a hostile depth cannot overflow the stack. */
function shapeProblem(root: unknown): string | undefined {
  let level = [root].filter(isContainer);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) return `is nested deeper than ${MAX_NESTING} levels`;
    const refused = level.flatMap((value) => Object.keys(value)).find(isPrototypeKey);
    if (refused !== undefined) return `the key "${refused}" is not allowed`;
    level = level.flatMap((value): unknown[] => Object.values(value)).filter(isContainer);
  }
  return undefined;
}

const isContainer = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Where the text breaks; the offending character may be part of a secret, so it is left out. */
function syntaxMessage(error: unknown): string {
  const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number };
  if (lineNumber === undefined) return 'JSON5 parse failed';
  return `JSON5 parse failed at line ${lineNumber}, column ${columnNumber ?? 1}`;
}

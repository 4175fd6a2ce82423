import JSON5 from 'json5';
import { isPrototypeKey } from './config-path.ts';

export type ParsedText = { ok: true; value: unknown } | { ok: false; message: string };

const MAX_NESTING = 100;

/** Parses JSON5 without ever throwing; too deep nesting and keys that reach into prototypes are refused. */
export function parseConfigText(text: string): ParsedText {
  let value: unknown;
  try {
    value = JSON5.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return { ok: false, message: syntaxMessage(error) };
  }
  const message = shapeProblem(value);
  return message === undefined ? { ok: true, value } : { ok: false, message };
}

function shapeProblem(root: unknown): string | undefined {
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_NESTING) return `is nested deeper than ${MAX_NESTING} levels`;
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      const refused = Object.keys(value).find(isPrototypeKey);
      if (refused !== undefined) return `the key "${refused}" is not allowed`;
      for (const item of Object.values(value)) next.push(item);
    }
    level = next;
  }
  return undefined;
}

/** Where the text breaks; the offending character may be part of a secret, so it is left out. */
function syntaxMessage(error: unknown): string {
  const { lineNumber, columnNumber } = error as { lineNumber?: number; columnNumber?: number };
  if (lineNumber === undefined) return 'JSON5 parse failed';
  return `JSON5 parse failed at line ${lineNumber}, column ${columnNumber ?? 1}`;
}

import { valueAt } from './config-path.ts';
import { parseConfigText } from './json5-text.ts';
import { readTree, type Span, type Tree, type Value } from './json5-tree.ts';
import { isSecretLeaf, REDACTED } from './redaction.ts';
import { isSecretRef } from './secrets.ts';
import { isSensitiveName } from './sensitive-keys.ts';

/** A text of a configuration for people's eyes, and the way back. */
export interface HiddenSecrets {
  /** `text` with a numbered placeholder for every secret; `known` are secrets that may stand anywhere. */
  hide(text: string, known?: readonly string[]): string;
  /** The secrets put back. Incomplete: a placeholder stands where no secret is known, and was left there. */
  restore(shown: string): { text: string; isComplete: boolean };
  /** What was hidden so far, as values; of a URL also its password alone. */
  hidden(): string[];
}

const PLACEHOLDER = new RegExp(`(["'])${REDACTED}#(\\d+)\\1|${REDACTED}(?:#(\\d+))?`, 'g');
/** A key and the value or list after it, also where the text is not well formed. */
const MEMBER =
  /(["']?)([\w.$-]+)\1\s*:\s*("(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?|\[[^\]{}]*\]?|[^\s,{}[\]]+)/dg;
const QUOTED = /"(?:[^"\\\n]|\\.)*"?|'(?:[^'\\\n]|\\.)*'?/dg;
/** Environment variables and HTTP headers may be called anything. */
const VARIABLE_OR_HEADER = /^[A-Z][A-Z0-9_]*$|-/;
const URL_PASSWORD = /:\/\/[^/\s"'@]*:([^/\s"'@]+)@/dg;
const SHORTEST_KNOWN_SECRET = 8;

/**
 * A secret keeps its number for as long as this lives, so a text that was shown before the file changed cannot put
 * one secret in the place of another.
 */
export function createHiddenSecrets(): HiddenSecrets {
  const numbers = new Map<string, number>();
  const literals: string[] = [];
  const placeholderFor = (literal: string): string => {
    const number = numbers.get(literal) ?? literals.push(literal);
    numbers.set(literal, number);
    const name = `${REDACTED}#${number}`;
    return isLiteral(literal) ? `"${name}"` : name;
  };
  return {
    hidden: () => literals.flatMap((literal) => withPassword(String(plainValue(literal) ?? literal))),
    hide(text, known = []) {
      let at = 0;
      let shown = '';
      for (const { start, end } of apart(secretSpans(text, known))) {
        shown += text.slice(at, start) + placeholderFor(text.slice(start, end));
        at = end;
      }
      return shown + text.slice(at);
    },
    restore(shown) {
      let isComplete = true;
      const text = shown.replace(PLACEHOLDER, (whole, quote?: string, quoted?: string, bare?: string) => {
        const secret = putBack(literals[Number(quoted ?? bare) - 1], quote);
        isComplete &&= secret !== undefined;
        return secret ?? whole;
      });
      return { text, isComplete };
    },
  };
}

const withPassword = (value: string): string[] => [
  value,
  ...[...value.matchAll(URL_PASSWORD)].flatMap(([, password = '']) => [password, decoded(password)]),
];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Undefined where it would not be what it was: a value of its own does not fit into another text. */
function putBack(literal: string | undefined, quote: string | undefined): string | undefined {
  if (literal === undefined) return undefined;
  if (isLiteral(literal)) return quote === undefined ? undefined : literal;
  return `${quote ?? ''}${literal}${quote ?? ''}`;
}

/** A text in quotes, or a number: a value of its own, and not a part of a comment. */
const isLiteral = (text: string): boolean =>
  /^(["'])(?:.*[^\\])?\1$/s.test(text) || /^[-+.\d][\w.+-]*$/.test(text);

function secretSpans(text: string, known: readonly string[]): Span[] {
  const tree = treeOf(text);
  const secrets = known.filter((secret) => secret.length >= SHORTEST_KNOWN_SECRET);
  if (!tree) return [...spansByName(text, 0), ...occurrences(text, secrets, 0)];
  const comments = tree.marks.filter(({ type }) => type.endsWith('Comment'));
  const inComments = comments.flatMap(({ start, end }) => {
    const comment = text.slice(start, end);
    return [...spansByName(comment, start), ...occurrences(comment, secrets, start)];
  });
  return [...leafSpans(tree.root, [], { text, secrets }), ...inComments];
}

function treeOf(text: string): Tree | undefined {
  if (!parseConfigText(text).ok) return undefined;
  try {
    return readTree(text);
  } catch {
    // One of the few legal forms that only the parser of values knows.
    return undefined;
  }
}

interface Place {
  text: string;
  secrets: readonly string[];
}

function leafSpans(value: Value, path: readonly string[], place: Place): Span[] {
  const literal = place.text.slice(value.start, value.end);
  if (value.kind !== 'plain') {
    const isReference = value.items.length <= 3 && isSecretRef(plainValue(literal));
    return isReference
      ? []
      : value.items.flatMap((item) => leafSpans(item.value, [...path, item.key], place));
  }
  return isSecretLeaf(plainValue(literal), path, place.secrets) ? [value] : [];
}

const plainValue = (literal: string): unknown => {
  const parsed = parseConfigText(`[${literal}]`);
  return parsed.ok ? valueAt(parsed.value, [0]) : undefined;
};

/** For what cannot be parsed, such as comments: goes by the names of keys. */
function spansByName(text: string, offset: number): Span[] {
  const members = [...text.matchAll(MEMBER)].filter(([, , name = '', value = '']) =>
    announcesSecret(name, value),
  );
  const values = members.flatMap(({ 3: value = '', indices }) => {
    const [start, end] = indices?.[3] ?? [0, 0];
    if (!value.startsWith('[')) return [{ start, end }];
    return [...value.matchAll(QUOTED)].map((one) => shifted(one.indices?.[0], start));
  });
  const passwords = [...text.matchAll(URL_PASSWORD)].map((one) => shifted(one.indices?.[1], 0));
  return [...values, ...passwords].map(({ start, end }) => ({ start: start + offset, end: end + offset }));
}

/** Comments are prose as well: "NOTE: see the token: it" names no secret. */
function announcesSecret(name: string, value: string): boolean {
  const isMarked = /^["'[\d]/.test(value);
  if (isSensitiveName(name)) return isMarked || value.length >= 6;
  return VARIABLE_OR_HEADER.test(name) && (isMarked || /[_-]/.test(name));
}

const shifted = (range: readonly [number, number] | undefined, by: number): Span => ({
  start: (range?.[0] ?? 0) + by,
  end: (range?.[1] ?? 0) + by,
});

function occurrences(text: string, secrets: readonly string[], offset: number): Span[] {
  return secrets.flatMap((secret) => {
    const spans: Span[] = [];
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + secret.length)) {
      spans.push({ start: at + offset, end: at + offset + secret.length });
    }
    return spans;
  });
}

/** In order; of two that overlap the first, made long enough to cover both. */
function apart(spans: readonly Span[]): Span[] {
  const result: Span[] = [];
  for (const { start, end } of [...spans].sort((one, other) => one.start - other.start)) {
    const last = result.at(-1);
    if (end <= start) continue;
    if (last && start < last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}

import { RpcError } from '../protocol/errors.ts';
import {
  type ConfigPath,
  formatConfigPath,
  isObject,
  isPrototypeKey,
  sameData,
  valueAt,
} from './config-path.ts';
import { printMember, printValue } from './json5-style.ts';
import { parseConfigText } from './json5-text.ts';
import { type Item, type Mark, readTree, type Span, type Tree, type Value } from './json5-tree.ts';

export type Edit = { path: ConfigPath; value: unknown } | { path: ConfigPath; remove: true };

interface Splice extends Span {
  text: string;
}

/**
 * Applies edits to a JSON5 text and touches nothing else: comments, order, blank lines and quotes stay. Removing a
 * key that is not there changes nothing. Throws INVALID_REQUEST when the text is not JSON5 or a path leads through
 * a value that is not an object or list.
 */
export function editText(text: string, edits: readonly Edit[]): string {
  return edits.reduce(applyEdit, text.trim() === '' ? '{}\n' : text);
}

/** The least edits that turn the value of `text` into `next`, applied to `text`. */
export function rewriteText(text: string, next: unknown): string {
  const current = valueOfText(text);
  const result = editText(text, editsBetween(current, next, []));
  const check = parseConfigText(result);
  if (check.ok && sameData(check.value, next)) return result;
  throw new RpcError('INTERNAL', 'The edit would have changed more than it should; the file was left alone.');
}

/** What to set and remove so that `current` becomes `next`; unchanged parts are never mentioned. */
export function editsBetween(current: unknown, next: unknown, path: ConfigPath): Edit[] {
  if (sameData(current, next)) return [];
  if (isObject(current) && isObject(next)) return objectEdits(current, next, path);
  if (Array.isArray(current) && Array.isArray(next)) return listEdits(current, next, path);
  return [{ path, value: next }];
}

function objectEdits(
  current: Record<string, unknown>,
  next: Record<string, unknown>,
  path: ConfigPath,
): Edit[] {
  const removed = Object.keys(current).filter((key) => next[key] === undefined);
  const kept = Object.keys(next).filter((key) => next[key] !== undefined);
  return [
    ...removed.map((key): Edit => ({ path: [...path, key], remove: true })),
    ...kept.flatMap((key) => editsBetween(current[key], next[key], [...path, key])),
  ];
}

function listEdits(current: unknown[], next: unknown[], path: ConfigPath): Edit[] {
  const extra = current.slice(next.length).map((_, index) => next.length + index);
  return [
    ...extra.reverse().map((index): Edit => ({ path: [...path, index], remove: true })),
    ...next.flatMap((value, index) => editsBetween(current[index], value, [...path, index])),
  ];
}

function valueOfText(text: string): unknown {
  if (text.trim() === '') return {};
  const parsed = parseConfigText(text);
  if (parsed.ok) return parsed.value;
  throw new RpcError('INVALID_REQUEST', `The configuration file is not valid: ${parsed.message}.`);
}

function applyEdit(text: string, edit: Edit): string {
  if (edit.path.some((key) => isPrototypeKey(String(key)))) throw notEditable(edit.path);
  const tree = readTree(text);
  const splices = 'remove' in edit ? removal(tree, edit.path) : assignment(tree, edit.path, edit.value);
  const result = [...splices]
    .reverse()
    .sort((a, b) => b.start - a.start)
    .reduce(splice, text);
  const again =
    'remove' in edit && splices.length > 0 && valueAt(valueOfText(result), edit.path) !== undefined;
  return again && isMember(tree.root, edit.path) ? applyEdit(result, edit) : result;
}

const splice = (text: string, { start, end, text: added }: Splice): string =>
  text.slice(0, start) + added + text.slice(end);

/** A repeated key of an object has to go completely; the next element of a list takes the place of a removed one. */
const isMember = (root: Value, path: ConfigPath): boolean =>
  descend(root, path.slice(0, -1))?.kind === 'object';

function descend(root: Value, path: ConfigPath): Value | undefined {
  return path.reduce<Value | undefined>((value, key) => value && itemOf(value, key)?.value, root);
}

/** The last of several members with one name is the one that counts. */
const itemOf = (value: Value, key: string | number): Item | undefined =>
  value.items.findLast((item) => item.key === String(key));

function assignment(tree: Tree, path: ConfigPath, value: unknown): Splice[] {
  let at = tree.root;
  for (const [depth, key] of path.entries()) {
    const item = itemOf(at, key);
    if (!item) return [insertion(tree, at, key, nest(path.slice(depth + 1), value), path)].flat();
    at = item.value;
  }
  return [{ ...spanOf(at), text: printValue(value, tree.style, indentAt(tree.text, at.start)) }];
}

const nest = (path: ConfigPath, value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => (key === 0 ? [inner] : { [key]: inner }), value);

function insertion(
  tree: Tree,
  into: Value,
  key: string | number,
  value: unknown,
  path: ConfigPath,
): Splice[] {
  if (into.kind === 'plain') throw notEditable(path);
  if (into.kind === 'list' && Number(key) !== into.items.length) throw notEditable(path);
  const base = indentAt(tree.text, into.start);
  const indent = childIndent(tree, into, base);
  const print = (inner: string): string =>
    into.kind === 'list'
      ? printValue(value, tree.style, inner)
      : printMember(String(key), value, tree.style, inner);
  const close = into.end - 1;
  const before = lastMark(tree, close);
  if (before.start === into.start) return [fillEmpty(tree, into, print, base)];
  const comma = into.items.length > 0 && commaAfter(tree, into, into.items.length - 1);
  const last = into.items.at(-1);
  const missing: Splice[] = last && !comma ? [{ start: last.end, end: last.end, text: ',' }] : [];
  const tail = comma ? ',' : '';
  const broken = /[\r\n]/.test(tree.text.slice(before.end, close));
  const lead = broken ? tree.style.newline + indent : tree.style.space;
  return [
    ...missing,
    { start: before.end, end: before.end, text: lead + print(broken ? indent : base) + tail },
  ];
}

/** An object or list without items and comments. */
function fillEmpty(tree: Tree, into: Value, print: (indent: string) => string, base: string): Splice {
  const inside = { start: into.start + 1, end: into.end - 1 };
  if (tree.style.compact || into.kind === 'list') return { ...inside, text: print(base) };
  const indent = base + tree.style.indent;
  return { ...inside, text: `${tree.style.newline}${indent}${print(indent)}${tree.style.newline}${base}` };
}

function removal(tree: Tree, path: ConfigPath): Splice[] {
  const key = path.at(-1);
  const parent = descend(tree.root, path.slice(0, -1));
  const index =
    parent && key !== undefined ? parent.items.findLastIndex((item) => item.key === String(key)) : -1;
  const item = parent?.items[index];
  if (!parent || !item) return [];
  const comma = commaAfter(tree, parent, index);
  if (comma) return removeWithComma(tree, item, comma);
  const previous = index > 0 && commaAfter(tree, parent, index - 1);
  if (!previous) return [wholeLine(tree.text, item) ?? { ...spanOf(item), text: '' }];
  if (tree.text.slice(previous.end, item.start).trim() === '')
    return [{ start: previous.start, end: item.end, text: '' }];
  return [{ ...spanOf(previous), text: '' }, wholeLine(tree.text, item) ?? { ...spanOf(item), text: '' }];
}

function removeWithComma(tree: Tree, item: Item, comma: Mark): Splice[] {
  if (tree.text.slice(item.end, comma.start).trim() !== '') {
    return [
      { ...spanOf(item), text: '' },
      { ...spanOf(comma), text: '' },
    ];
  }
  const both = { start: item.start, end: comma.end };
  const spaces = /^[ \t]*/.exec(tree.text.slice(both.end))?.[0].length ?? 0;
  return [wholeLine(tree.text, both) ?? { start: both.start, end: both.end + spaces, text: '' }];
}

/** The lines of a span when nothing else stands on them. */
function wholeLine(text: string, span: Span): Splice | undefined {
  const before = /(^|\n)[ \t]*$/.exec(text.slice(0, span.start));
  const after = /^[ \t]*\r?\n/.exec(text.slice(span.end));
  if (!before || !after) return undefined;
  const start = before.index + (before[1]?.length ?? 0);
  return { start, end: span.end + after[0].length, text: '' };
}

/** The comma behind an item, comments in between allowed. */
function commaAfter(tree: Tree, parent: Value, index: number): Mark | undefined {
  const from = parent.items[index]?.end ?? parent.end;
  const to = parent.items[index + 1]?.start ?? parent.end;
  return tree.marks.find((mark) => mark.type === 'Comma' && mark.start >= from && mark.end <= to);
}

/** The token or comment right before a place; there is always one, at least the opening bracket. */
const lastMark = (tree: Tree, place: number): Span =>
  tree.marks.findLast((mark) => mark.end <= place) ?? { start: 0, end: 0 };

function childIndent(tree: Tree, parent: Value, base: string): string {
  const last = parent.items.at(-1);
  const ownLine = last && /(^|\n)([ \t]*)$/.exec(tree.text.slice(0, last.start));
  return ownLine?.[2] ?? base + tree.style.indent;
}

const indentAt = (text: string, place: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', place - 1) + 1, place))?.[0] ?? '';

const spanOf = ({ start, end }: Span): Span => ({ start, end });

const notEditable = (path: ConfigPath): RpcError =>
  new RpcError(
    'INVALID_REQUEST',
    `${formatConfigPath(path)} cannot be set: the value above it is not an object, or the list has no such place.`,
  );

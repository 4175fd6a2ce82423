import { type AnyNode, type DocumentNode, parse, type Token } from '@humanwhocodes/momoa';
import { RpcError } from '../protocol/errors.ts';
import type { TextStyle } from './json5-style.ts';

/** A stretch of the text, end exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** A member of an object or an element of a list, without comma and comments. */
export interface Item extends Span {
  /** Name of a member; the index as text for an element. */
  key: string;
  value: Value;
}

export interface Value extends Span {
  kind: 'object' | 'list' | 'plain';
  items: Item[];
}

export interface Mark extends Span {
  type: string;
}

/** A JSON5 text with the places of everything in it. */
export interface Tree {
  text: string;
  root: Value;
  marks: Mark[];
  style: TextStyle;
}

/** Throws INVALID_REQUEST for the few legal forms that the parser does not know, such as `-.5`. */
export function readTree(text: string): Tree {
  const document = parseDocument(text);
  const marks = (document.tokens ?? []).map((token: Token): Mark => ({ type: token.type, ...spanOf(token) }));
  return { text, root: nodeValue(document.body), marks, style: styleOf(text, marks) };
}

function parseDocument(text: string): DocumentNode {
  try {
    return parse(text, { mode: 'json5', ranges: true, tokens: true, allowTrailingCommas: true });
  } catch (error) {
    const line = (error as { line?: number }).line;
    throw new RpcError(
      'INVALID_REQUEST',
      `The configuration file cannot be edited in place (line ${line ?? 1}). Write numbers with a digit before the point and quote keys such as "null", then try again.`,
    );
  }
}

function nodeValue(node: AnyNode): Value {
  if (node.type === 'Object') {
    const items = node.members.map((member) => ({
      ...spanOf(member),
      key: member.name.type === 'Identifier' ? member.name.name : member.name.value,
      value: nodeValue(member.value),
    }));
    return { kind: 'object', ...spanOf(node), items };
  }
  if (node.type === 'Array') {
    const items = node.elements.map((element, index) => {
      const value = nodeValue(element.value);
      return { start: value.start, end: value.end, key: String(index), value };
    });
    return { kind: 'list', ...spanOf(node), items };
  }
  return { kind: 'plain', ...spanOf(node), items: [] };
}

function spanOf(node: { range?: readonly [number, number] | number[] }): Span {
  const [start = 0, end = 0] = node.range ?? [];
  return { start, end };
}

function styleOf(text: string, marks: Mark[]): TextStyle {
  const colon = marks.findIndex((mark) => mark.type === 'Colon');
  const key = marks[colon - 1];
  const strings = marks.filter((mark, index) => mark.type === 'String' && marks[index + 1]?.type !== 'Colon');
  const quoteAt = (mark: Mark | undefined): '"' | "'" => (mark && text[mark.start] === "'" ? "'" : '"');
  const keyQuote = key?.type === 'Identifier' ? '' : quoteAt(key);
  const afterColon = text[marks[colon]?.end ?? text.length] ?? ' ';
  return {
    indent: /\n([ \t]+)["'\w$]/.exec(text)?.[1] ?? '  ',
    newline: text.includes('\r\n') ? '\r\n' : '\n',
    quote: strings.length > 0 ? quoteAt(strings[0]) : keyQuote || '"',
    keyQuote,
    space: /\s/.test(afterColon) ? ' ' : '',
    compact: colon !== -1 && !text.trim().includes('\n'),
  };
}

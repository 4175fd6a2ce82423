import { isObject } from './config-path.ts';

/** How a text is written, so that what is added looks like what is there. */
export interface TextStyle {
  indent: string;
  newline: string;
  /** Quote of texts. */
  quote: '"' | "'";
  /** Quote of keys; '' writes plain identifiers where that is possible. */
  keyQuote: '"' | "'" | '';
  /** What follows a colon or, on one line, a comma. */
  space: string;
  /** The whole text stands on one line. */
  compact: boolean;
}

const INLINE_WIDTH = 80;
const RESERVED = new Set(['null', 'true', 'false', 'NaN', 'Infinity']);

/** Writes a value; lines after the first one are indented by `base`. */
export function printValue(value: unknown, style: TextStyle, base: string): string {
  if (Array.isArray(value)) return printList(value, style, base);
  if (isObject(value)) return printObject(value, style, base);
  return typeof value === 'string' ? printText(value, style.quote) : printPlain(value);
}

export function printKey(key: string, style: TextStyle): string {
  const plain = style.keyQuote === '' && /^[A-Za-z_$][\w$]*$/.test(key) && !RESERVED.has(key);
  return plain ? key : printText(key, style.keyQuote || style.quote);
}

export const printMember = (key: string, value: unknown, style: TextStyle, base: string): string =>
  `${printKey(key, style)}:${style.space}${printValue(value, style, base)}`;

function printObject(value: Record<string, unknown>, style: TextStyle, base: string): string {
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const inner = base + style.indent;
  const members = entries.map(([key, item]) => printMember(key, item, style, inner));
  if (style.compact) return `{${members.join(`,${style.space}`)}}`;
  return block('{', members, '}', style, base);
}

function printList(items: unknown[], style: TextStyle, base: string): string {
  const inner = base + style.indent;
  const printed = items.map((item) => printValue(item, style, inner));
  const line = `[${printed.join(`,${style.space}`)}]`;
  const simple = items.every((item) => typeof item !== 'object' || item === null);
  if (style.compact || items.length === 0 || (simple && line.length <= INLINE_WIDTH)) return line;
  return block('[', printed, ']', style, base);
}

function block(open: string, items: string[], close: string, style: TextStyle, base: string): string {
  const lines = items.map((item) => base + style.indent + item).join(`,${style.newline}`);
  return `${open}${style.newline}${lines}${style.newline}${base}${close}`;
}

function printText(text: string, quote: '"' | "'"): string {
  const escaped = JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u2028\u2029\u0085\ufeff]/g, unicodeEscape);
  return quote === '"' ? `"${escaped}"` : `'${escaped.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}

const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

function printPlain(value: unknown): string {
  if (Object.is(value, -0)) return '-0';
  return value === undefined ? 'null' : String(value);
}

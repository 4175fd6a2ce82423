import { asNumber, asObject, asText, type Json } from '../core/lib/json.ts';
import { escapeControl } from '../core/logs/console-log.ts';
import { inLanguage, LISTED_IN_ENGLISH } from '../core/messages/in-language.ts';
import type { Language } from '../core/messages/language.ts';
import { ago, type Field } from './layout.ts';
import type { Style } from './output.ts';
import { clipWidth, displayWidth } from './text-width.ts';

/** What people call a session: its label, its name, or how it began. */
export const titleOf = (row: Json): string | undefined =>
  asText(row.label) ?? asText(row.displayName) ?? asText(row.derivedTitle);

export function modelOf({ modelProvider, model }: Json): string | undefined {
  const name = asText(model);
  const provider = asText(modelProvider);
  return name === undefined || provider === undefined ? name : `${provider}/${name}`;
}

/** `1,234` in every locale. */
export const grouped = (count: number): string => String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, ',');

export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;

const statusOf = ({ status }: Json): string | undefined =>
  ['running', 'error', 'interrupted'].includes(String(status)) ? String(status) : undefined;

/**
 * A session in a list, two or three lines: its whole key and when it was used, its title, and what is known of it. Only
 * the key may be longer than `width` columns, because it is there to be copied.
 */
export function sessionLines(
  row: Json,
  now: number,
  width: number,
  style: Style,
  language: Language = 'en',
): string[] {
  const inOwn = inLanguage(language, LISTED_IN_ENGLISH);
  const key = escapeControl(String(row.key));
  const updatedAt = asNumber(row.updatedAt);
  const used = [statusOf(row), updatedAt === undefined ? undefined : ago(updatedAt, now)];
  const when = used.flatMap((text) => (text ? [inOwn(text)] : [])).join(', ');
  const gap = ' '.repeat(Math.max(2, width - displayWidth(key) - displayWidth(when)));
  const told = [titleOf(row) ?? asText(row.lastMessagePreview), factsOf(row, inOwn)];
  return [
    `${style.bold(key)}${when === '' ? '' : `${gap}${style.dim(when)}`}`,
    ...told.flatMap((text) => (text ? [`    ${clipWidth(escapeControl(text), width - 4)}`] : [])),
  ];
}

function factsOf(row: Json, inOwn: (text: string) => string = String): string {
  const messages = asNumber(row.messageCount);
  const tokens = asNumber(row.totalTokens);
  const facts = [
    messages === undefined ? undefined : inOwn(counted(messages, 'message')),
    tokens ? inOwn(counted(tokens, 'token')) : undefined,
    modelOf(row),
  ];
  return facts.filter(Boolean).join(', ');
}

/** What is known of one session, for `sessions show`. */
export function sessionFields(row: Json, now: number): Field[] {
  const updatedAt = asNumber(row.updatedAt);
  return [
    ['Title', titleOf(row)],
    ['Status', statusOf(row)],
    ['Model', modelOf(row)],
    ['Thinking', asText(row.thinkingLevel)],
    ['Size', factsOf({ ...row, model: undefined }) || undefined],
    ['Used', updatedAt === undefined ? undefined : ago(updatedAt, now)],
    ['Id', asText(row.sessionId)],
  ];
}

/** Rows of `sessions.list`, of whatever version the gateway is. */
export const rowsOf = (result: unknown): Json[] => {
  const { sessions } = asObject(result);
  return Array.isArray(sessions) ? sessions.map(asObject).filter(({ key }) => asText(key) !== undefined) : [];
};

import { asNumber, asObject, asText, type Json } from '../../core/lib/json.ts';
import { escapeControl } from '../../core/logs/console-log.ts';
import { inLanguage, LISTED_IN_ENGLISH } from '../../core/messages/in-language.ts';
import type { ListFlags } from '../commands/sessions.ts';
import { type OpenGateway, withGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import { ago, wrap } from '../layout.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { counted, rowsOf, sessionLines } from '../session-text.ts';
import { tellLines, tellNote } from '../told-lines.ts';

type Search = Invocation<ListFlags & QueryOptions>;

interface Found {
  /** Sessions whose title or key has all words in it. */
  sessions: Json[];
  /** What was said; undefined when the gateway cannot look into messages. */
  messages: Json[] | undefined;
  truncated: boolean;
}

/** Titles by `sessions.list`, messages by `sessions.search`, which older gateways do not have. */
export const sessionsSearch: Action<ListFlags & QueryOptions> = (invocation) => {
  const { output, cli } = invocation;
  cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: ['operator.read'] }, async (gateway) => {
    const found = await find(invocation, gateway);
    if (output.json) output.value(found);
    else print(invocation, found);
    return found.sessions.length + (found.messages?.length ?? 0) > 0 ? 0 : 1;
  });
};

async function find({ options, args }: Search, { connection, timeLeft }: OpenGateway): Promise<Found> {
  const [text = ''] = args;
  const { limit, agent } = options;
  const common = { limit, ...(agent === undefined ? {} : { agentId: agent }) };
  const titles = { ...common, search: text, includeDerivedTitles: true };
  const sessions = rowsOf(await connection.call('sessions.list', titles, { timeoutMs: timeLeft() }));
  if (!connection.hello.features.methods.includes('sessions.search')) {
    return { sessions, messages: undefined, truncated: false };
  }
  const query = { ...common, query: text };
  const answer = asObject(await connection.request('sessions.search', query, { timeoutMs: timeLeft() }));
  const hits = Array.isArray(answer.results) ? answer.results.map(asObject) : [];
  return { sessions, messages: hits, truncated: answer.truncated === true };
}

function print(invocation: Search, { sessions, messages, truncated }: Found): void {
  const { output, cli, args, language } = invocation;
  const now = cli.clock.now();
  if (sessions.length > 0) tellLines(invocation, `Titles: ${counted(sessions.length, 'session')}`);
  for (const row of sessions) {
    for (const line of sessionLines(row, now, output.width, output.style, language)) output.line(line);
  }
  if (messages === undefined) tellNote(invocation, 'This gateway looks for titles only, not into messages.');
  else if (messages.length > 0) printHits(invocation, messages, sessions.length > 0);
  if (truncated) tellNote(invocation, 'There is more; search for more words, or in one agent.');
  if (sessions.length === 0 && !messages?.length) tellNote(invocation, `Nothing was found for "${args[0]}".`);
}

/** Hits of the same session stand together, in the order in which the gateway told them. */
function printHits(invocation: Search, hits: Json[], isSecond: boolean): void {
  const { output, cli, language } = invocation;
  tellLines(invocation, `${isSecond ? '\n' : ''}Messages: ${counted(hits.length, 'hit')}`);
  const keys = new Set(hits.map(({ sessionKey }) => String(sessionKey)));
  for (const key of keys) {
    output.line(output.style.bold(safeText(key)));
    const own = hits.filter(({ sessionKey }) => String(sessionKey) === key);
    const texts = own.map((hit) => hitText(hit, cli.clock.now(), inLanguage(language, LISTED_IN_ENGLISH)));
    for (const line of texts.flatMap((text) => wrap(text, output.width - 4))) output.line(`    ${line}`);
  }
}

/** `you, 3 d ago: … the words around …` */
function hitText({ role, timestamp, snippet }: Json, now: number, inOwn: (text: string) => string): string {
  const when = asNumber(timestamp);
  const who = `${inOwn(role === 'user' ? 'you' : 'agent')}${when === undefined ? '' : `, ${inOwn(ago(when, now))}`}`;
  return escapeControl(`${who}: ${asText(snippet) ?? ''}`);
}

import { asNumber, asObject, type Json } from '../../core/lib/json.ts';
import { commandHint } from '../command-hint.ts';
import type { ListFlags } from '../commands/sessions.ts';
import { transcriptLines } from '../conversation/message-lines.ts';
import { withGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import { fieldLines } from '../layout.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { existingKey } from '../session-lookup.ts';
import { counted, grouped, rowsOf, sessionFields, sessionLines } from '../session-text.ts';
import { tellLines } from '../told-lines.ts';

type Flags = ListFlags & QueryOptions;

const READ = { scopes: ['operator.read'] };

export const sessionsList: Action<Flags> = (invocation) => {
  const { output, cli, options } = invocation;
  const { limit, agent } = options;
  cli.endWhenInterrupted();
  return withGateway(invocation, READ, async ({ connection, timeLeft }) => {
    const params = { limit, includeDerivedTitles: true, ...(agent === undefined ? {} : { agentId: agent }) };
    const listing = await connection.call('sessions.list', params, { timeoutMs: timeLeft() });
    if (output.json) output.value(listing);
    else printList(invocation, asObject(listing));
    return 0;
  });
};

function printList(invocation: Invocation<Flags>, listing: Json): void {
  const { output, cli, language } = invocation;
  const rows = rowsOf(listing);
  const total = Math.max(asNumber(listing.totalCount) ?? 0, rows.length);
  if (rows.length === 0)
    tellLines(invocation, `There are no sessions. Begin one: ${commandHint(invocation, 'chat')}`);
  for (const row of rows) {
    for (const line of sessionLines(row, cli.clock.now(), output.width, output.style, language))
      output.line(line);
  }
  if (total > rows.length)
    tellLines(invocation, `\n${rows.length} of ${grouped(total)} sessions; --limit shows more.`);
}

export const sessionsShow: Action<Flags> = (invocation) => {
  const { output, cli, options } = invocation;
  cli.endWhenInterrupted();
  return withGateway(invocation, READ, async (gateway) => {
    const [given = ''] = invocation.args;
    const sessionKey = await existingKey(invocation, gateway, given);
    const params = { sessionKey, limit: options.limit };
    const history = await gateway.connection.call('chat.history', params, { timeoutMs: gateway.timeLeft() });
    if (output.json) output.value(history);
    else printSession(invocation, sessionKey, history);
    return 0;
  });
};

function printSession(invocation: Invocation<Flags>, key: string, history: Json): void {
  const { output, cli, language } = invocation;
  const { style, width } = output;
  const messages = Array.isArray(history.messages) ? history.messages : [];
  const row = { sessionId: history.sessionId, ...asObject(history.sessionInfo) };
  output.line(style.bold(safeText(key)));
  for (const line of fieldLines(sessionFields(row, cli.clock.now()), width, language)) output.line(line);
  const earlier = (asNumber(history.totalMessages) ?? 0) - messages.length;
  output.line();
  if (earlier > 0) tellLines(invocation, `(${counted(earlier, 'earlier message')}; --limit shows more)\n`);
  if (messages.length === 0) tellLines(invocation, 'No messages yet.');
  for (const line of transcriptLines(messages, style, width)) output.line(line);
}

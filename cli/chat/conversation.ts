import { randomUUID } from 'node:crypto';
import type { CallOptions, GatewayConnection } from '../../core/client/connection.ts';
import { asNumber, asObject, asText, type Json, valueAt } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { canonicalKey, type KeyRules } from '../../core/sessions/session-key.ts';
import { AnswerPrinter } from '../conversation/answer-printer.ts';
import { ApprovalWatch } from '../conversation/approval-watch.ts';
import { transcriptLines } from '../conversation/message-lines.ts';
import { type RunNews, type RunStep, runStep } from '../conversation/run-step.ts';
import { type Reached, reachGateway } from '../gateway.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { counted } from '../session-text.ts';
import { chatApprover } from './chat-approver.ts';
import { answerSince, headline, messagesOf } from './chat-history.ts';
import { ChatLink } from './chat-link.ts';
import type { ChatScreen } from './chat-screen.ts';

export const CHAT_WANT = { scopes: ['operator.read', 'operator.write'], caps: ['tool-events'] };

const HISTORY_LIMIT = 20;
/** How far back the own last message is looked for after a pause. */
const RECOVERY_LIMIT = 50;
const WAIT_MS = 3_600_000;

export interface ConversationParts {
  invocation: Invocation<QueryOptions>;
  screen: ChatScreen;
  first: Extract<Reached, { ok: true }>;
  /** The session, as it was typed. */
  key: string;
  /** There is nothing more to wait for: somebody may type. */
  onIdle(): void;
  onStopped(reason: unknown): void;
}

/** One answer that is being written. */
interface Turn {
  runId: string;
  printer: AnswerPrinter;
  approvals: ApprovalWatch;
}

/** A session of the gateway as one person follows it: its past, the answer that is being written, what is said to it. */
export class Conversation {
  readonly #parts: ConversationParts;
  readonly #screen: ChatScreen;
  readonly #link: ChatLink;
  #rules: KeyRules;
  #key: string;
  #bootId: string | undefined;
  #turn: Turn | undefined;
  /** Gateways of other versions tell twice how a run failed. */
  #lastRunId = '';
  #isEntered = false;

  constructor(parts: ConversationParts) {
    const { hello } = parts.first.connection;
    this.#parts = parts;
    this.#screen = parts.screen;
    this.#rules = keyRules(hello.snapshot);
    this.#key = canonicalKey(parts.key, this.#rules).key;
    this.#bootId = asText(hello.server.bootId);
    this.#link = new ChatLink(parts.invocation, CHAT_WANT, parts.first, {
      event: (name, payload) => this.#take(runStep(name, payload)),
      ready: (connection) => this.#ready(connection),
      away: ({ details }) => this.#aside(awayText(asText(details?.reason))),
      stopped: parts.onStopped,
    });
  }

  get key(): string {
    return this.#key;
  }

  /** An answer is being written. */
  get isBusy(): boolean {
    return this.#turn !== undefined;
  }

  request(method: string, params: unknown, options?: CallOptions): Promise<unknown> {
    return this.#link.request(method, params, options);
  }

  /** Says something to the agent; its answer comes by itself, and `onIdle` after it. */
  async say(message: string): Promise<void> {
    const runId = randomUUID();
    this.#begin(runId);
    try {
      const params = { sessionKey: this.#key, message, idempotencyKey: runId };
      const { status } = asObject(await this.request('chat.send', params));
      // A message that was an order to the gateway has no answer.
      if (status === 'ok') this.#end(runId);
    } catch (error) {
      // What became of a message that was on its way is found out as soon as the gateway is back.
      if (error instanceof RpcError && error.details?.sent === true) return;
      this.#end(runId, () => this.#screen.problem(error));
    }
  }

  /** Goes to another session. */
  async enter(key: string): Promise<void> {
    this.#key = canonicalKey(key, this.#rules).key;
    await this.#showPast((method, params) => this.request(method, params));
  }

  async startOver(): Promise<void> {
    const reached = await reachGateway(this.#parts.invocation, { scopes: ['operator.admin'] });
    if (!reached.ok) throw reached.error;
    const { connection } = reached;
    await connection
      .call('sessions.reset', { key: this.#key, reason: 'new' })
      .finally(() => void connection.close());
  }

  async close(): Promise<void> {
    this.#turn?.approvals.close();
    await this.#link.close();
  }

  #begin(runId: string): Turn {
    this.#screen.listen();
    const printer = new AnswerPrinter(this.#screen);
    this.#turn = { runId, printer, approvals: this.#watchApprovals(runId, printer) };
    return this.#turn;
  }

  #end(runId: string, afterwards: () => void = () => {}): void {
    if (this.#turn?.runId !== runId) return;
    const { printer, approvals } = this.#turn;
    this.#turn = undefined;
    this.#lastRunId = runId;
    approvals.close();
    printer.finish();
    afterwards();
    this.#screen.say();
    this.#parts.onIdle();
  }

  #take(step: RunStep | undefined): void {
    if (!step || step.runId === this.#lastRunId) return;
    if (step.runId !== this.#turn?.runId && (this.#turn || step.sessionKey !== this.#key)) return;
    const { runId, what } = step;
    if (what.type === 'end') this.#takeEnd(runId, what);
    else this.#show(this.#turn ?? this.#overhear(runId), what);
  }

  #show({ approvals, printer }: Turn, news: Exclude<RunNews, { type: 'end' }>): void {
    if (news.type === 'tool-start') approvals.toolStarted(news.id);
    if (news.type === 'tool-result') approvals.toolEnded(news.id);
    printer.show(news);
  }

  /** Somebody else says something in this session. */
  #overhear(runId: string): Turn {
    const turn = this.#begin(runId);
    this.#screen.remark('(an answer to somebody else in this session)');
    return turn;
  }

  #takeEnd(runId: string, end: Extract<RunNews, { type: 'end' }>): void {
    const hasText = end.state === 'final' && Boolean(end.text);
    const turn = this.#turn ?? (hasText ? this.#overhear(runId) : undefined);
    if (!turn) return;
    if (end.state !== 'error' && end.text !== undefined) turn.printer.finish(end.text);
    this.#end(runId, () => {
      if (end.state === 'error') this.#screen.say(this.#screen.style.red(safeText(end.message)));
      else if (end.state === 'aborted') this.#screen.remark('(stopped)');
      else if (!turn.printer.hasText) this.#screen.remark('(no answer)');
    });
  }

  async #ready(connection: GatewayConnection): Promise<void> {
    const bootId = asText(connection.hello.server.bootId);
    const isSameBoot = bootId !== undefined && bootId === this.#bootId;
    this.#bootId = bootId;
    this.#rules = keyRules(connection.hello.snapshot);
    if (this.#isEntered) {
      this.#aside('The gateway is there again.');
      if (this.#turn) void this.#recover(connection, this.#turn.runId, isSameBoot);
      return;
    }
    this.#isEntered = true;
    try {
      await this.#showPast((method, params) => connection.request(method, params));
      this.#parts.onIdle();
    } catch (error) {
      this.#parts.onStopped(error);
    }
  }

  /** A run goes on when only the connection was lost; a gateway that was restarted has ended it. */
  async #recover(connection: GatewayConnection, runId: string, isSameBoot: boolean): Promise<void> {
    try {
      if (isSameBoot) {
        const wait = { runId, timeoutMs: WAIT_MS };
        await connection.request('agent.wait', wait, { timeoutMs: Number.POSITIVE_INFINITY });
      }
      const past = { sessionKey: this.#key, limit: RECOVERY_LIMIT };
      const answer = answerSince(await connection.request('chat.history', past), runId);
      if (this.#turn?.runId !== runId) return;
      this.#turn.printer.finish(answer);
      this.#end(runId, () => {
        if (answer === undefined)
          this.#screen.remark('The gateway does not have your last message. Say it again.');
        else if (!isSameBoot)
          this.#screen.remark('(the gateway was restarted; the answer may be incomplete)');
      });
    } catch (error) {
      // When the connection is lost once more, the next one recovers.
      if (error instanceof RpcError && error.details?.kind === 'closed') return;
      this.#end(runId, () => this.#screen.problem(error));
    }
  }

  async #showPast(request: (method: string, params: Json) => Promise<unknown>): Promise<void> {
    if (!this.#screen.isTerminal) return;
    const history = await request('chat.history', { sessionKey: this.#key, limit: HISTORY_LIMIT });
    const messages = messagesOf(history);
    const { title, model } = headline(history);
    const screen = this.#screen;
    screen.say(screen.style.bold(safeText([this.#key, title].filter(Boolean).join(' · '))));
    screen.remark([model, screen.inOwn('/help shows what can be typed')].filter(Boolean).join(' · '));
    screen.say();
    const earlier = (asNumber(asObject(history).totalMessages) ?? 0) - messages.length;
    if (earlier > 0) screen.remark(`(${screen.inOwn(counted(earlier, 'earlier message'))})\n`);
    const lines = transcriptLines(messages, screen.style, screen.width);
    for (const line of lines) screen.say(line);
    if (lines.length > 0) screen.say();
  }

  #watchApprovals(runId: string, printer: AnswerPrinter): ApprovalWatch {
    const { invocation } = this.#parts;
    return new ApprovalWatch({
      clock: invocation.cli.clock,
      open: async () => {
        const reached = await reachGateway(invocation, { scopes: ['operator.approvals'] });
        if (reached.ok) return reached.connection;
        throw reached.error;
      },
      isOurs: (approval) => approval.runId === runId,
      approver: chatApprover(invocation, this.#screen, printer),
    });
  }

  /** A remark that may come in the middle of an answer. */
  #aside(text: string): void {
    if (this.#turn) this.#turn.printer.aside(safeText(this.#screen.inOwn(text)));
    else this.#screen.remark(text);
  }
}

/** What `main` means at this gateway. */
function keyRules(snapshot: unknown): KeyRules {
  const mainSessionKey = asText(valueAt(snapshot, 'sessionDefaults.mainSessionKey'));
  return {
    defaultId: asText(valueAt(snapshot, 'sessionDefaults.defaultAgentId')) ?? 'main',
    mainKey: asText(valueAt(snapshot, 'sessionDefaults.mainKey')) ?? 'main',
    scope: mainSessionKey === 'global' ? 'global' : 'per-sender',
  };
}

const awayText = (reason: string | undefined): string =>
  reason ? `The connection is lost (${reason}); trying again …` : 'The connection is lost; trying again …';

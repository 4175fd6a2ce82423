import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Agent, Roster } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { UserPart } from '../models/model.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { questionKey, type RecordedRun } from '../sessions/recorded-run.ts';
import { canonicalKey } from '../sessions/session-key.ts';
import { maySend, type SessionPolicy } from '../sessions/session-policy.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import { type AgentRunDeps, agentRun } from './agent-run.ts';
import { HeadStart } from './head-start.ts';
import { LateWrites } from './late-writes.ts';
import { recordedOutcome } from './recorded-outcome.ts';
import type { RunDesk, RunRequest, RunWork } from './run-desk.ts';
import type { RunOutcome } from './run-event.ts';
import { type Ender, needEndable } from './run-ownership.ts';
import { messageOf, resetRun, type Said, type SessionReset } from './session-reset.ts';
import type { MessageBody } from './transcript.ts';

export interface AgentServiceDeps extends Omit<AgentRunDeps, 'agent' | 'isLive' | 'late'> {
  clock: Clock;
  sessions: SessionStore;
  desk: RunDesk;
  roster(): Roster;
  policy(): SessionPolicy;
  /** Milliseconds; what a run may take when its request names no limit. 0: no limit. */
  defaultTimeoutMs(): number;
}

export interface MessageRequest {
  /** The idempotency key of the request. */
  runId: string;
  sessionKey: string;
  agentId?: string | undefined;
  text: string;
  attachments?: readonly UserPart[];
  thinking?: string | undefined;
  timeoutMs?: number | undefined;
  extraSystemPrompt?: string | undefined;
  /** The client that sends it. A tool that sends one on behalf of a model has none. */
  sender?: Ender | undefined;
  /** How its run gets ready is not told. */
  quiet?: boolean;
}

export interface Submitted {
  run: RunRequest;
  /** `started` the first time; afterwards what has become of it. */
  status: 'started' | 'in_flight' | 'ok' | 'error';
  outcome: Promise<RunOutcome>;
}

/** Finished runs are remembered this long, so that a repeated request is not carried out twice. */
const REMEMBER_MS = 300_000;
const REMEMBER_RUNS = 1_000;

interface Arrival {
  entry: SessionEntry;
  /** What the transcript says of the same message, if it came before. */
  recorded: RecordedRun | undefined;
}

interface Accepted {
  /** Session and message: what makes a repeated request the same one. */
  fingerprint: string;
  submitted: Promise<Submitted>;
}

/** Takes messages for agents: stores them, then lets the agent answer, one message after the other in a session. */
export class AgentService {
  private readonly deps: AgentServiceDeps;
  private readonly late = new LateWrites();
  /** Session key → when the last message that came for it has its session. */
  private readonly arrivals = new Map<string, Promise<void>>();
  private readonly live = new Map<string, Accepted>();
  /** In the order in which they ended. */
  private readonly ended = new Map<string, Accepted & { outcome: RunOutcome }>();

  constructor(deps: AgentServiceDeps) {
    this.deps = deps;
  }

  /**
   * Resolves when the message is on disk and its run is queued. The same `runId` again is the same message, not a
   * new one, whoever sends it, and also after a restart while it is among the newest of its session. Throws INVALID_REQUEST for unknown agents, sessions that take no messages, and a `runId` of another message.
   */
  async submit(request: MessageRequest): Promise<Submitted> {
    const { runId } = request;
    const key = this.keyOf(request.sessionKey, request.agentId);
    const fingerprint = fingerprintOf(key, request);
    const known = this.live.get(runId) ?? this.ended.get(runId);
    if (known) return this.again(known, fingerprint);
    const submitted = this.accept(key, request);
    const accepted = { fingerprint, submitted };
    this.live.set(runId, accepted);
    submitted.then(
      ({ outcome }) => outcome.then((ended) => this.remember(runId, accepted, ended)),
      () => this.live.delete(runId),
    );
    return submitted;
  }

  /** The session that a key, an alias or nothing at all means. Throws when the agent named beside it is not its owner. */
  keyOf(sessionKey: string | undefined, agentId: string | undefined): string {
    const given = (sessionKey ?? 'main').trim();
    const isWhole = /^(agent:|(global|unknown)$)/i.test(given);
    const full = agentId === undefined || isWhole ? given : `agent:${agentId}:${given}`;
    const { key, agentId: owner } = canonicalKey(full, this.deps.roster());
    if (agentId !== undefined && key.startsWith('agent:') && agentId.toLowerCase() !== owner) {
      throw invalidRequest(`session key ${key} belongs to agent "${owner}", not to "${agentId}"`);
    }
    return key;
  }

  /** Stores what could not be stored before. Call it when nothing runs any more. */
  close(): Promise<void> {
    return this.late.settleAll();
  }

  /** A key that was used for something else must neither swallow this message nor tell what became of the other. */
  private async again(known: Accepted | (Accepted & { outcome: RunOutcome }), fingerprint: string) {
    if (known.fingerprint !== fingerprint) throw keyReused();
    const first = await known.submitted;
    if (!('outcome' in known)) return { ...first, status: 'in_flight' as const };
    return { ...first, status: known.outcome.status === 'error' ? ('error' as const) : ('ok' as const) };
  }

  private async accept(key: string, request: MessageRequest): Promise<Submitted> {
    const { sessions, desk, clock } = this.deps;
    this.checkMessage(key, request);
    const seat = desk.takeSeat(key);
    try {
      const said = messageOf(request, this.deps.policy().resetTriggers, clock.now());
      const { entry, recorded } = await this.sessionInTurn(key, request, said.reset);
      if (recorded) {
        seat.leave();
        return recall(request, said.message, entry, recorded);
      }
      if (!maySend(entry, this.deps.policy()))
        throw invalidRequest('sending is not allowed in this session (session.sendPolicy)');
      await this.late.settle(key);
      const run = this.runOf(key, sessions.get(key) ?? entry, request);
      const work = await this.begin(run, request, said, seat.isFirst);
      return { run, status: 'started', outcome: desk.start(run, work, seat) };
    } catch (error) {
      seat.leave();
      throw error;
    }
  }

  /** Stores the message, and says what answers it. The model is asked meanwhile, when nothing runs before it. */
  private async begin(
    run: RunRequest,
    request: MessageRequest,
    { message, isBare }: Said,
    isNext: boolean,
  ): Promise<RunWork> {
    const { sessions, clock } = this.deps;
    const { sessionKey: key, runId } = run;
    const row = { runId, idempotencyKey: questionKey(runId), message };
    if (isBare) {
      await sessions.append(key, [row]);
      return resetRun(clock);
    }
    const ahead = isNext ? new HeadStart(this.runDeps(), request, run, message) : undefined;
    const patch = { lastInteractionAt: clock.now(), status: 'running' } as const;
    try {
      await sessions.append(key, [row], patch, { run: { runId, phase: 'start' } });
    } catch (error) {
      ahead?.end();
      throw error;
    }
    return agentRun(this.runDeps(), request, ahead);
  }

  private runOf(key: string, { sessionId, agentId }: SessionEntry, request: MessageRequest): RunRequest {
    const { runId, sender, quiet = false } = request;
    const timeoutMs = request.timeoutMs ?? this.deps.defaultTimeoutMs();
    const owner = sender && { connId: sender.connId, deviceId: sender.deviceId };
    return { runId, sessionKey: key, sessionId, agentId, timeoutMs, quiet, owner };
  }

  /** One after the other, so that messages that come while a session is being made are stored in the order they came. */
  private sessionInTurn(
    key: string,
    request: MessageRequest,
    reset: SessionReset | undefined,
  ): Promise<Arrival> {
    const arrive = () => this.arrive(key, request, reset);
    const arrival = (this.arrivals.get(key) ?? Promise.resolve()).then(arrive);
    const settled = arrival.then(
      () => {},
      () => {},
    );
    this.arrivals.set(key, settled);
    void settled.then(() => {
      if (this.arrivals.get(key) === settled) this.arrivals.delete(key);
    });
    return arrival;
  }

  private async arrive(
    key: string,
    { runId, sender }: MessageRequest,
    reset: SessionReset | undefined,
  ): Promise<Arrival> {
    const { sessions } = this.deps;
    const recorded = await sessions.recordedRun(key, runId);
    const known = recorded && sessions.get(key);
    if (known) return { entry: known, recorded };
    const entry = reset ? await this.startOver(key, reset, sender) : await sessions.ensure(key);
    return { entry, recorded: undefined };
  }

  /** What runs or waits in the session ends, if its sender may end it, and the session begins anew. */
  private async startOver(
    key: string,
    { reason }: SessionReset,
    by: Ender | undefined,
  ): Promise<SessionEntry> {
    const { desk, sessions } = this.deps;
    const runs = desk.active().filter(({ sessionKey }) => sessionKey === key);
    needEndable(runs, by);
    await desk.settled(desk.abort(key, undefined, 'rpc'));
    return (await sessions.reset(key, reason)).entry;
  }

  private runDeps(): AgentRunDeps {
    const { deps, late } = this;
    const agent = (id: string): Agent | undefined => deps.roster().agents.find((one) => one.id === id);
    const isLive = (runId: string): boolean => this.live.has(runId) && !deps.desk.find(runId)?.finished;
    return { ...deps, agent, isLive, late };
  }

  /** Before anything is made on the disk. */
  private checkMessage(key: string, request: MessageRequest): void {
    if (request.text.trim() === '' && !request.attachments?.length)
      throw invalidRequest('message or attachment required');
    const roster = this.deps.roster();
    const { agentId } = canonicalKey(key, roster);
    if (!roster.agents.some(({ id }) => id === agentId))
      throw invalidRequest(`unknown agent id "${agentId}"`);
  }

  private remember(runId: string, accepted: Accepted, outcome: RunOutcome): void {
    this.live.delete(runId);
    this.ended.set(runId, { ...accepted, outcome });
    const oldest = this.deps.clock.now() - REMEMBER_MS;
    for (const [id, { outcome }] of this.ended) {
      if (outcome.endedAt > oldest && this.ended.size <= REMEMBER_RUNS) break;
      this.ended.delete(id);
    }
  }
}

/** A message that was stored before this process started, and what became of it. */
function recall(
  { runId, quiet = false }: MessageRequest,
  again: MessageBody,
  entry: SessionEntry,
  recorded: RecordedRun,
): Submitted {
  const { message } = recorded.question;
  if (!isDeepStrictEqual(JSON.parse(JSON.stringify(again.content)), message.content)) throw keyReused();
  const { key: sessionKey, sessionId, agentId } = entry;
  const outcome = recordedOutcome(runId, recorded);
  return {
    run: { runId, sessionKey, sessionId, agentId, timeoutMs: 0, quiet },
    status: outcome.status === 'error' ? 'error' : 'ok',
    outcome: Promise.resolve(outcome),
  };
}

const keyReused = (): Error =>
  invalidRequest('idempotencyKey was used for another message; use a new one for each message', {
    code: 'IDEMPOTENCY_KEY_REUSED',
  });

function fingerprintOf(key: string, { text, attachments = [] }: MessageRequest): string {
  const hash = createHash('sha256').update(JSON.stringify([key, text]));
  for (const part of attachments) hash.update(JSON.stringify(part));
  return hash.digest('base64');
}

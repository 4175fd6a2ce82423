import type { Agent, Roster } from '../agents/roster.ts';
import type { Clock } from '../lib/clock.ts';
import type { UserPart } from '../models/model.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { canonicalKey } from '../sessions/session-key.ts';
import { maySend, type SessionPolicy } from '../sessions/session-policy.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import { type AgentRunDeps, agentRun } from './agent-run.ts';
import type { RunDesk, RunRequest } from './run-desk.ts';
import type { RunOutcome } from './run-event.ts';
import { userMessage } from './transcript.ts';

export interface AgentServiceDeps extends Omit<AgentRunDeps, 'agent'> {
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
}

export interface Submitted {
  run: RunRequest;
  /** `started` the first time; afterwards what has become of it. */
  status: 'started' | 'in_flight' | 'ok' | 'error';
  outcome: Promise<RunOutcome>;
}

/** Takes messages for agents: stores them, then lets the agent answer, one message after the other in a session. */
export class AgentService {
  private readonly deps: AgentServiceDeps;
  private readonly accepted = new Map<string, Promise<Submitted>>();

  constructor(deps: AgentServiceDeps) {
    this.deps = deps;
  }

  /**
   * Resolves when the message is on disk and its run is queued. The same `runId` again is the same message, not a
   * new one. Throws INVALID_REQUEST for unknown agents and sessions that take no messages.
   */
  async submit(request: MessageRequest): Promise<Submitted> {
    const known = this.accepted.get(request.runId);
    if (known) return this.again(await known);
    const accepting = this.accept(request);
    this.accepted.set(request.runId, accepting);
    accepting.then(
      ({ outcome }) => outcome.finally(() => this.forgetLater(request.runId)),
      () => this.accepted.delete(request.runId),
    );
    return accepting;
  }

  /** The agent's session that a key, an alias or nothing at all means. */
  keyOf(sessionKey: string | undefined, agentId: string | undefined): string {
    const roster = this.deps.roster();
    const given = sessionKey ?? 'main';
    const scoped =
      agentId !== undefined && !given.includes(':')
        ? `agent:${agentId}:${given === 'main' ? roster.mainKey : given}`
        : given;
    return canonicalKey(scoped, roster).key;
  }

  private async again(first: Submitted): Promise<Submitted> {
    const { finished } = this.deps.desk.find(first.run.runId) ?? {};
    const status = finished ? (finished.status === 'error' ? 'error' : 'ok') : 'in_flight';
    return { ...first, status };
  }

  private async accept(request: MessageRequest): Promise<Submitted> {
    const { sessions, desk, clock } = this.deps;
    const key = this.keyOf(request.sessionKey, request.agentId);
    desk.checkRoom(key);
    const entry = await sessions.ensure(key);
    this.checkMessage(request, entry);
    const { runId } = request;
    const message = userMessage(request.text, request.attachments ?? [], clock.now());
    const row = { runId, idempotencyKey: `${runId}:user`, message };
    await sessions.append(
      key,
      [row],
      { lastInteractionAt: clock.now(), status: 'running' },
      { run: { runId, phase: 'start' } },
    );
    const { sessionId, agentId } = entry;
    const timeoutMs = request.timeoutMs ?? this.deps.defaultTimeoutMs();
    const run: RunRequest = { runId, sessionKey: key, sessionId, agentId, timeoutMs };
    const agent = (id: string): Agent | undefined => this.deps.roster().agents.find((one) => one.id === id);
    const { thinking, extraSystemPrompt } = request;
    const outcome = desk.start(run, agentRun({ ...this.deps, agent }, { thinking, extraSystemPrompt }));
    return { run, status: 'started', outcome };
  }

  private checkMessage(request: MessageRequest, entry: SessionEntry): void {
    if (request.text.trim() === '' && !request.attachments?.length)
      throw invalidRequest('message or attachment required');
    if (!this.deps.roster().agents.some(({ id }) => id === entry.agentId)) {
      throw invalidRequest(`unknown agent id "${entry.agentId}"`);
    }
    if (!maySend(entry, this.deps.policy()))
      throw invalidRequest('sending is not allowed in this session (session.sendPolicy)');
  }

  private forgetLater(runId: string): void {
    this.deps.clock.after(300_000, () => this.accepted.delete(runId));
  }
}

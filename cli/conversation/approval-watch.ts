import type { GatewayConnection } from '../../core/client/connection.ts';
import type { Clock } from '../../core/lib/clock.ts';
import { asText } from '../../core/lib/json.ts';
import { waitingApprovals } from './approval-list.ts';
import { type Approval, approvalOf, type Decision } from './approval-text.ts';

/** The person in front of this program. */
export interface Approver {
  /** Shows what is asked for and lets the person decide; undefined when nobody does, or when `signal` comes first. */
  decide(approval: Approval, signal: AbortSignal): Promise<Decision | undefined>;
  tell(line: string): void;
}

export interface ApprovalWatchOptions {
  clock: Clock;
  /** Connects as somebody who may approve. */
  open(): Promise<GatewayConnection>;
  isOurs(approval: Approval): boolean;
  approver: Approver;
}

/** Why a question is taken back: somebody else was faster, or nobody here wants to know any more. */
export const DECIDED_ELSEWHERE = 'decided elsewhere';

/** A tool that waits for nobody is done sooner than this. */
const PATIENCE_MS = 300;

/**
 * Looks for questions that a run waits for. To approve takes a scope that most runs do not need, so it connects only
 * when a tool takes long enough to be waiting for a person.
 */
export class ApprovalWatch {
  readonly #options: ApprovalWatchOptions;
  readonly #waiting = new Map<string, () => void>();
  readonly #open = new Map<string, AbortController>();
  readonly #seen = new Set<string>();
  #connection: Promise<GatewayConnection | undefined> | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(options: ApprovalWatchOptions) {
    this.#options = options;
  }

  toolStarted(toolCallId: string): void {
    const cancel = this.#options.clock.after(PATIENCE_MS, () => this.#look());
    this.#waiting.get(toolCallId)?.();
    this.#waiting.set(toolCallId, cancel);
  }

  toolEnded(toolCallId: string): void {
    this.#waiting.get(toolCallId)?.();
    this.#waiting.delete(toolCallId);
  }

  /** Takes back what is still being asked. */
  close(): void {
    for (const cancel of this.#waiting.values()) cancel();
    for (const question of this.#open.values()) question.abort();
    void this.#connection?.then((connection) => connection?.close());
    this.#connection = undefined;
  }

  #look(): void {
    this.#connection ??= this.#connect();
  }

  async #connect(): Promise<GatewayConnection | undefined> {
    const { open, approver } = this.#options;
    try {
      const connection = await open();
      connection.on('exec.approval.requested', (payload) => this.#take(connection, payload));
      connection.on('exec.approval.resolved', (payload) => {
        const id = asText((payload as { id?: unknown } | undefined)?.id);
        if (id !== undefined) this.#open.get(id)?.abort(DECIDED_ELSEWHERE);
      });
      const waiting = await waitingApprovals(connection);
      if (Array.isArray(waiting)) for (const payload of waiting) this.#take(connection, payload);
      return connection;
    } catch (error) {
      const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
      approver.tell(`A tool may be waiting for an approval that cannot be given from here (${reason})`);
      return undefined;
    }
  }

  /** One question after the other. */
  #take(connection: GatewayConnection, payload: unknown): void {
    const approval = approvalOf(payload);
    if (!approval || this.#seen.has(approval.id) || !this.#options.isOurs(approval)) return;
    this.#seen.add(approval.id);
    const question = new AbortController();
    this.#open.set(approval.id, question);
    this.#turn = this.#turn.then(async () => {
      await this.#ask(connection, approval, question.signal);
      this.#open.delete(approval.id);
    });
  }

  async #ask(connection: GatewayConnection, approval: Approval, signal: AbortSignal): Promise<void> {
    const { approver } = this.#options;
    if (signal.aborted) return;
    const { id } = approval;
    try {
      const decision = await approver.decide(approval, signal);
      if (decision !== undefined) await connection.request('exec.approval.resolve', { id, decision });
    } catch (error) {
      approver.tell(error instanceof Error ? error.message : String(error));
    }
  }
}

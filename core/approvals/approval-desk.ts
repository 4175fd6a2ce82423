import { join } from 'node:path';
import { createMutex } from '../config/mutex.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { invalidRequest, RpcError } from '../protocol/errors.ts';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { type ApprovalDecision, type ApprovalInput, bindingHash, DECISIONS } from './approval-request.ts';
import { exactRule, matchingRule, type RuleSubject } from './approval-rules.ts';
import {
  type ApprovalsFile,
  approvalsText,
  MAX_APPROVALS_BYTES,
  parseApprovals,
  readApprovals,
  type StoredApprovals,
} from './approvals-file.ts';
import {
  type ExecPolicy,
  type ExecVerdict,
  execPolicyFrom,
  execVerdict,
  strictestPolicy,
} from './exec-policy.ts';
import {
  type ApprovalEntry,
  type ApprovalOutcome,
  type PendingApproval,
  PendingApprovals,
} from './pending-approvals.ts';

/** The answer to `exec.approvals.get`; secrets of the file are left out. */
export interface ApprovalsSnapshot {
  path: string;
  exists: boolean;
  hash: string;
  file: ApprovalsFile;
  resolvedDefaults: ExecPolicy & { askFallback: 'deny'; autoAllowSkills: false };
}

export interface Assessment {
  verdict: ExecVerdict;
  policy: ExecPolicy;
}

/** Where people decide what may run. The rules are in a file, the open questions in memory. */
export interface ApprovalDesk {
  snapshot(): Promise<ApprovalsSnapshot>;
  /** Replaces the file. `baseHash` is required once one exists; throws INVALID_REQUEST when it is stale. */
  set(file: unknown, baseHash: string | undefined): Promise<ApprovalsSnapshot>;
  /** Combines the file with what other layers say: the strictest of all holds. */
  assess(subject: RuleSubject, layers: readonly Partial<ExecPolicy>[]): Promise<Assessment>;
  request(input: ApprovalInput): PendingApproval;
  /** Undefined when `signal` aborts first; the question then stays open. Throws for an unknown id. */
  waitDecision(id: string, signal?: AbortSignal): Promise<ApprovalOutcome | undefined>;
  /**
   * Throws INVALID_REQUEST for an unknown id, a decision that is not offered, or when another one was taken;
   * the same decision again is answered like the first. `by` is a name for people, `deviceId` a proven device.
   */
  resolve(id: string, decision: string, by: string | null, deviceId?: string): Promise<ApprovalOutcome>;
  /** Takes a question back that nobody waits for any more; it counts as denied. */
  withdraw(id: string): void;
  /** True once for an allowed approval, and only for exactly the bytes that were shown. */
  claim(id: string, input: ApprovalInput): boolean;
  list(): PendingApproval[];
  get(id: string): PendingApproval | undefined;
  onRequested(listener: (pending: PendingApproval) => void): () => void;
  onResolved(listener: (outcome: ApprovalOutcome, pending: PendingApproval) => void): () => void;
  close(): Promise<void>;
}

export interface ApprovalDeskOptions {
  /** Directory of this program's state; the file is `exec-approvals.json` in it. */
  dir: string;
  clock: Clock;
  log: Logger;
}

export async function openApprovals(options: ApprovalDeskOptions): Promise<ApprovalDesk> {
  await ensurePrivateDir(options.dir);
  return new Desk(options);
}

class Desk implements ApprovalDesk {
  readonly #path: string;
  readonly #log: Logger;
  readonly #pending: PendingApprovals;
  readonly #alone = createMutex();
  readonly #requested = new Set<(pending: PendingApproval) => void>();
  readonly #resolved = new Set<(outcome: ApprovalOutcome, pending: PendingApproval) => void>();

  constructor({ dir, clock, log }: ApprovalDeskOptions) {
    this.#path = join(dir, 'exec-approvals.json');
    this.#log = log;
    this.#pending = new PendingApprovals(clock, {
      requested: (pending) => {
        for (const listener of this.#requested) listener(pending);
      },
      resolved: (outcome) => {
        const { pending } = this.#pending.entry(outcome.id);
        for (const listener of this.#resolved) listener(outcome, pending);
      },
    });
  }

  async snapshot(): Promise<ApprovalsSnapshot> {
    return this.#snapshotOf(await this.#read());
  }

  set(file: unknown, baseHash: string | undefined): Promise<ApprovalsSnapshot> {
    return this.#alone(async () => {
      const parsed = parseApprovals(file);
      if (!parsed.ok) throw invalidRequest(`invalid exec approvals: the file ${parsed.reason}`);
      const stored = await this.#read();
      checkBase(stored, baseHash);
      const kept = stored.status === 'ok' ? stored.file.socket?.token : undefined;
      await this.#write(withToken(parsed.file, kept));
      return this.snapshot();
    });
  }

  async assess(subject: RuleSubject, layers: readonly Partial<ExecPolicy>[]): Promise<Assessment> {
    const stored = await this.#read();
    // A file nobody can read may have said "deny": a person decides then, whatever else was said.
    const file: ApprovalsFile =
      stored.status === 'ok'
        ? stored.file
        : { version: 1, defaults: { security: 'allowlist', ask: 'always' } };
    const policy = strictestPolicy([...layers, filePolicy(file, subject.agentId)]);
    return { policy, verdict: execVerdict(policy, matchingRule(file, subject) !== undefined) };
  }

  request(input: ApprovalInput): PendingApproval {
    return this.#pending.add(input);
  }

  async waitDecision(id: string, signal?: AbortSignal): Promise<ApprovalOutcome | undefined> {
    return this.#pending.wait(id, signal);
  }

  async resolve(
    id: string,
    decision: string,
    by: string | null,
    deviceId?: string,
  ): Promise<ApprovalOutcome> {
    const wanted = DECISIONS.find((known) => known === decision);
    if (wanted === undefined) throw invalidRequest('invalid decision');
    const entry = this.#pending.entry(id);
    const { outcome } = entry;
    if (outcome?.reason === 'decided' && outcome.decision === wanted) return outcome;
    checkDecidable(entry, wanted);
    entry.settling = true;
    try {
      if (wanted === 'allow-always') await this.#remember(entry.prepared.rule, entry.pending);
    } catch (error) {
      entry.settling = false;
      this.#pending.expireIfDue(id);
      throw error;
    }
    this.#log.info('command decided', { id, decision: wanted, by, deviceId });
    return entry.outcome ?? this.#pending.settle(entry, wanted, 'decided', by);
  }

  withdraw(id: string): void {
    const entry = this.#pending.entry(id);
    if (!entry.outcome && !entry.settling) this.#pending.settle(entry, 'deny', 'cancelled', null);
  }

  claim(id: string, input: ApprovalInput): boolean {
    const entry = this.#pending.entry(id);
    const allowed = entry.outcome !== undefined && entry.outcome.decision !== 'deny';
    if (!allowed || entry.claimed || entry.pending.sha256 !== bindingHash(input)) return false;
    entry.claimed = true;
    return true;
  }

  list(): PendingApproval[] {
    return this.#pending.open();
  }

  get(id: string): PendingApproval | undefined {
    return this.list().find((pending) => pending.id === id);
  }

  onRequested(listener: (pending: PendingApproval) => void): () => void {
    this.#requested.add(listener);
    return () => this.#requested.delete(listener);
  }

  onResolved(listener: (outcome: ApprovalOutcome, pending: PendingApproval) => void): () => void {
    this.#resolved.add(listener);
    return () => this.#resolved.delete(listener);
  }

  async close(): Promise<void> {
    this.#pending.close();
    await this.#alone(async () => {});
  }

  /** Stored before the decision counts, so that what a person was told holds after a crash. */
  #remember(
    rule: { program: string; argv: readonly string[] } | undefined,
    { request }: PendingApproval,
  ): Promise<void> {
    if (rule === undefined) return Promise.resolve();
    return this.#alone(async () => {
      const stored = await this.#read();
      if (stored.status === 'damaged') {
        throw new RpcError(
          'STORE_UNUSABLE',
          `${this.#path} ${stored.reason}; mend or remove it, or allow the command once`,
        );
      }
      const agents = { ...stored.file.agents };
      const agentId = request.agentId ?? '';
      const agent = Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
      const allowlist = [...(agent?.allowlist ?? []), exactRule(rule, request.command)];
      const next = Object.fromEntries([...Object.entries(agents), [agentId, { ...agent, allowlist }]]);
      await this.#write({ ...stored.file, agents: next });
    });
  }

  async #read(): Promise<StoredApprovals> {
    const stored = await readApprovals(this.#path);
    if (stored.status === 'damaged') {
      this.#log.error(`${this.#path} ${stored.reason}; no rule of it holds until it is mended`);
    }
    return stored;
  }

  async #write(file: ApprovalsFile): Promise<void> {
    const text = approvalsText(file);
    if (text.length > MAX_APPROVALS_BYTES) {
      throw invalidRequest('exec approvals may take 1 MB; remove rules that are no longer needed');
    }
    try {
      await writeFileAtomic(this.#path, text);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      throw new RpcError('STORE_UNUSABLE', `${this.#path} cannot be written (${code})`, undefined, {
        cause: error,
      });
    }
  }

  #snapshotOf(stored: StoredApprovals): ApprovalsSnapshot {
    const file: ApprovalsFile = stored.status === 'ok' ? withoutToken(stored.file) : { version: 1 };
    const policy = strictestPolicy([execPolicyFrom(file.defaults ?? {})]);
    return {
      path: this.#path,
      exists: stored.exists,
      hash: stored.hash,
      file,
      resolvedDefaults: { ...policy, askFallback: 'deny', autoAllowSkills: false },
    };
  }
}

function checkDecidable(entry: ApprovalEntry, wanted: ApprovalDecision): void {
  if (entry.outcome || entry.settling) {
    throw invalidRequest('approval already resolved', { reason: 'APPROVAL_ALREADY_RESOLVED' });
  }
  if (!entry.pending.allowedDecisions.includes(wanted)) {
    throw invalidRequest('allow-always is unavailable for this command', {
      reason: 'APPROVAL_ALLOW_ALWAYS_UNAVAILABLE',
    });
  }
}

function filePolicy(file: ApprovalsFile, agentId: string): Partial<ExecPolicy> {
  const agents = file.agents ?? {};
  const own = Object.hasOwn(agents, agentId) ? agents[agentId] : undefined;
  const all = Object.hasOwn(agents, '*') ? agents['*'] : undefined;
  return {
    ...execPolicyFrom(file.defaults ?? {}),
    ...execPolicyFrom(all ?? {}),
    ...execPolicyFrom(own ?? {}),
  };
}

function checkBase(stored: StoredApprovals, baseHash: string | undefined): void {
  if (!stored.exists) return;
  if (!baseHash)
    throw invalidRequest('exec approvals base hash required; re-run exec.approvals.get and retry');
  if (baseHash !== stored.hash) {
    throw invalidRequest('exec approvals changed since last load; re-run exec.approvals.get and retry');
  }
}

/** Nobody is shown the token, so a file that comes back without one means the one that is there. */
function withToken(file: ApprovalsFile, token: string | undefined): ApprovalsFile {
  if (token === undefined || file.socket?.token !== undefined) return file;
  return { ...file, socket: { ...file.socket, token } };
}

function withoutToken(file: ApprovalsFile): ApprovalsFile {
  if (file.socket?.token === undefined) return file;
  const { token: _hidden, ...socket } = file.socket;
  return { ...file, socket };
}

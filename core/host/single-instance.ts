import type { Clock } from '../lib/clock.ts';
import { RpcError } from '../protocol/errors.ts';
import {
  acquireInstanceLock,
  type InstanceLock,
  type InstanceLockOptions,
  type LockRecord,
  readInstanceLock,
} from './instance-lock.ts';
import { freePort } from './port-conflict.ts';

/** Milliseconds a gateway that was told to end has to let go of its state directory. */
const LEAVE_MS = 10_000;
const POLL_MS = 50;

interface Demand extends InstanceLockOptions {
  stateDir: string;
  /** How a command for the same profile begins. */
  command: string;
  /** End the gateway that is there, on this port or on this state directory. */
  force: boolean;
  /** Is told what was ended. */
  ended(what: string): void;
}

/** Makes this process the only gateway of its state directory. Throws ALREADY_RUNNING and says who is there. */
export async function becomeOnlyInstance(demand: Demand): Promise<InstanceLock> {
  if (demand.force) await endOn(demand.port, demand);
  let outcome = await acquireInstanceLock(demand);
  if (!outcome.ok && demand.force) {
    await endOn(outcome.holder.port, demand);
    await untilGone(outcome.holder, demand);
    outcome = await acquireInstanceLock(demand);
  }
  if (outcome.ok) return outcome;
  throw alreadyRunning(outcome.holder, demand);
}

async function endOn(port: number, { trayDir, clock, ended }: Demand): Promise<void> {
  const what = await freePort(port, trayDir, clock);
  if (what !== undefined) ended(what);
}

/** A gateway leaves its port first and its directory when all its files are closed. */
async function untilGone(holder: LockRecord, { trayDir, clock }: Demand): Promise<void> {
  await until(clock, async () => (await readInstanceLock(trayDir))?.pid !== holder.pid);
}

async function until(clock: Clock, done: () => Promise<boolean>): Promise<void> {
  const deadline = clock.now() + LEAVE_MS;
  while (!(await done()) && clock.now() < deadline) await clock.sleep(POLL_MS);
}

function alreadyRunning({ pid, port }: LockRecord, { stateDir, command }: Demand): RpcError {
  return new RpcError(
    'ALREADY_RUNNING',
    [
      `Gateway failed to start: gateway already running (pid ${pid}, port ${port}) on ${stateDir}.`,
      `Use it (${command} gateway health --port ${port}), stop it (kill ${pid}), or replace it with --force.`,
    ].join('\n'),
    { pid, port },
  );
}

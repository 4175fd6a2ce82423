import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type LockRecord, parseLockRecord, readInstanceLock } from '../host/instance-lock.ts';
import { strangerAt } from '../host/listener-uid.ts';
import { findListeners, type Listener, listenerLine } from '../host/port-holder.ts';
import type { StartProblem } from '../host/start-checks.ts';
import type { Clock } from '../lib/clock.ts';
import type { ServiceFacts } from '../service/service-facts.ts';
import { broken, type Evidence, ok, unknown } from './evidence.ts';
import type { FixContext } from './findings.ts';
import { startStopwatch } from './stopwatch.ts';

/** The gateway of this machine, before anything is asked over its port. */
export interface LocalSubject {
  stateDir: string;
  trayDir: string;
  port: number;
  config: {
    exists: boolean;
    /** Why the file cannot be used; empty when it can. */
    issues: readonly StartProblem[];
    /** Why a gateway would refuse to start with it. */
    startProblems: readonly StartProblem[];
  };
  /** Undefined where there is no service manager that we know. */
  service(): Promise<ServiceFacts | undefined>;
}

/** What was found, for those who show more than a verdict. */
export interface LocalLook {
  evidence: Evidence[];
  service: ServiceFacts | undefined;
  listeners: Listener[];
  /** The running gateway of this state directory. */
  lock: LockRecord | undefined;
  fix: Pick<FixContext, 'isLocal' | 'hasService' | 'freePort'>;
}

/** Looks at configuration, service manager, process and port; changes nothing and sends no credential. */
export async function lookAtThisMachine(subject: LocalSubject, clock: Clock): Promise<LocalLook> {
  const watch = startStopwatch(clock);
  const { port, trayDir } = subject;
  const facts: Omit<LocalLook, 'evidence' | 'fix'> = { service: undefined, listeners: [], lock: undefined };
  const [service, portEvidence] = await Promise.all([
    watch.time(async () => {
      facts.service = await subject.service();
      return serviceEvidence(facts.service);
    }),
    watch.time(async () => {
      [facts.listeners, facts.lock] = await Promise.all([
        findListeners(port, { trayDir, isLockEnough: true }),
        readInstanceLock(trayDir),
      ]);
      return portEvidenceOf(subject, facts.listeners);
    }),
  ]);
  const process = await watch.time(() => processEvidence(subject, facts.lock, facts.listeners));
  const hasService = facts.service !== undefined && facts.service.state !== 'not-installed';
  const isTaken = portEvidence.state === 'broken';
  const freePort = isTaken ? await freePortAfter(port) : port;
  return {
    evidence: [configEvidence(subject), service, process, portEvidence],
    ...facts,
    fix: { isLocal: true, hasService, freePort },
  };
}

function configEvidence({ config }: LocalSubject): Evidence {
  if (!config.exists) return broken('config', 'CONFIG_MISSING');
  const [issue] = config.issues;
  if (issue) {
    const reason = issue.path ? `${issue.path}: ${issue.message}` : issue.message;
    return broken('config', 'CONFIG_INVALID', { reason });
  }
  const [problem] = config.startProblems;
  if (!problem) return ok('config');
  const { path, message, fix = '' } = problem;
  return broken('config', 'CONFIG_BLOCKS_START', { reason: message, path, fix });
}

function serviceEvidence(service: ServiceFacts | undefined): Evidence {
  if (!service) return { layer: 'service', state: 'skipped' };
  const { name, state, detail = '' } = service;
  if (state === 'failed') return broken('service', 'SERVICE_FAILED', { name, detail });
  if (state === 'stopped') return broken('service', 'SERVICE_STOPPED', { name });
  if (state === 'unknown') return unknown('service', detail);
  return ok('service', state);
}

/** A gateway of another state directory or kind may hold the port; then ours need not run. */
async function processEvidence(
  { trayDir, port }: LocalSubject,
  lock: LockRecord | undefined,
  listeners: readonly Listener[],
): Promise<Evidence> {
  if (lock) {
    const isListening = listeners.some(({ pid }) => pid === lock.pid);
    if (isListening || lock.port !== port) return ok('process', `pid ${lock.pid}`);
    return broken('process', 'GATEWAY_STARTING', { pid: lock.pid, port });
  }
  const gateway = listeners.find((listener) => listener.gateway);
  if (gateway) return ok('process', `pid ${gateway.pid ?? 'unknown'}`);
  const dead = await deadLock(trayDir);
  if (dead) return broken('process', 'LOCK_STALE', { pid: dead.pid, port });
  return broken('process', 'GATEWAY_NOT_RUNNING', { port });
}

/** What a gateway leaves behind that was killed. */
async function deadLock(trayDir: string): Promise<LockRecord | undefined> {
  const text = await readFile(join(trayDir, 'run', 'gateway.lock'), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : parseLockRecord(text);
}

function portEvidenceOf({ port, stateDir }: LocalSubject, listeners: readonly Listener[]): Evidence {
  const [holder] = listeners;
  if (!holder) return { layer: 'port', state: 'skipped' };
  const values = { port, holder: listenerLine(holder) };
  if (!holder.gateway) return broken('port', 'PORT_FOREIGN', values);
  const stranger = strangerAt(port);
  const owner = statSync(stateDir, { throwIfNoEntry: false })?.uid;
  if (stranger !== undefined && stranger !== owner) return broken('port', 'PORT_OTHER_USER', values);
  return ok('port', listenerLine(holder));
}

/** The next port above that nobody holds on loopback; the port itself when there is none. */
async function freePortAfter(port: number): Promise<number> {
  for (let next = port + 1; next <= Math.min(port + 100, 65_535); next += 1) {
    if (await isFree(next)) return next;
  }
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

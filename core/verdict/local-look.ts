import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type LockRecord, parseLockRecord, readInstanceLock } from '../host/instance-lock.ts';
import { strangerAt } from '../host/listener-uid.ts';
import { findListeners, type Listener, listenerLine } from '../host/port-holder.ts';
import type { StartProblem } from '../host/start-checks.ts';
import type { Clock } from '../lib/clock.ts';
import { freePortAfter } from '../lib/free-port.ts';
import { shortText } from '../lib/short-file.ts';
import type { ServiceFinding } from '../service/service-drift.ts';
import type { ServiceFacts } from '../service/service-facts.ts';
import { lookAtAccess } from './access-look.ts';
import { broken, type Evidence, type Finding, ok, unknown } from './evidence.ts';
import type { FixContext } from './findings.ts';
import { startStopwatch } from './stopwatch.ts';

/** The gateway of this machine, before anything is asked over its port. */
export interface LocalSubject {
  stateDir: string;
  trayDir: string;
  port: number;
  configPath: string;
  config: {
    exists: boolean;
    /** Why the file cannot be used; empty when it can. */
    issues: readonly StartProblem[];
    /** Why a gateway would refuse to start with it. */
    startProblems: readonly StartProblem[];
    /** One that worked is kept, and may take the place of a file that cannot be used. */
    canRecover: boolean;
  };
  exposed(): readonly Exposed[];
  /** Undefined where there is no service manager that we know. */
  service(): Promise<SeenService | undefined>;
}

/** The service, and how it differs from the configuration. */
export interface SeenService {
  facts: ServiceFacts;
  drift: readonly ServiceFinding[];
}

/** A file or directory that is open to others, with its permission bits. */
export interface Exposed {
  path: string;
  mode: number;
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
  const [config, service, portEvidence] = await Promise.all([
    watch.time(async () => {
      const denied = lookAtAccess(subject);
      return { ...(denied ?? configEvidence(subject)), advice: exposedAdvice(subject.exposed()) };
    }),
    watch.time(async () => {
      const seen = await subject.service();
      facts.service = seen?.facts;
      return serviceEvidence(seen);
    }),
    watch.time(async () => {
      const lock = readInstanceLock(trayDir);
      [facts.listeners, facts.lock] = await Promise.all([
        findListeners(port, { lock, isLockEnough: true, isGreetingEnough: true }),
        lock,
      ]);
      return portEvidenceOf(subject, facts.listeners);
    }),
  ]);
  const process = await watch.time(async () => processEvidence(subject, facts.lock, facts.listeners));
  const hasService = isInstalled(facts.service);
  const isTaken = portEvidence.state === 'broken';
  const freePort = isTaken ? await freePortAfter(port) : port;
  return {
    evidence: [config, service, process, portEvidence],
    ...facts,
    fix: { isLocal: true, hasService, freePort },
  };
}

function configEvidence({ config }: LocalSubject): Evidence {
  if (!config.exists) return broken('config', 'CONFIG_MISSING');
  const [issue] = config.issues;
  if (issue) {
    const reason = issue.path ? `${issue.path}: ${issue.message}` : issue.message;
    return broken('config', config.canRecover ? 'CONFIG_INVALID' : 'CONFIG_UNREADABLE', { reason });
  }
  const [problem] = config.startProblems;
  if (!problem) return ok('config');
  const { path, message, fix = '', told } = problem;
  const values = { reason: message, path, fix };
  return {
    layer: 'config',
    state: 'broken',
    finding: { code: 'CONFIG_BLOCKS_START', values, ...(told && { told }) },
  };
}

const exposedAdvice = (exposed: readonly Exposed[]): Finding[] =>
  exposed.map(({ path, mode }) => ({
    code: 'STATE_EXPOSED',
    values: { path, mode: mode.toString(8).padStart(4, '0') },
  }));

/** A manager that cannot be asked may have one all the same: its definition says so. */
const isInstalled = (service: ServiceFacts | undefined): service is ServiceFacts =>
  service !== undefined &&
  service.state !== 'not-installed' &&
  (service.state !== 'unknown' || !!service.command);

/** What the service would start wrongly is why it fails, and mended in another way; so it comes first. */
function serviceEvidence(seen: SeenService | undefined): Evidence {
  const faults = (seen?.drift ?? []).filter(({ level }) => level === 'error');
  const [first] = faults;
  const advice = (seen?.drift ?? []).filter((one) => one !== first).map(findingOf);
  const evidence = first ? broken('service', first.code, first.values) : stateEvidence(seen?.facts);
  return advice.length > 0 ? { ...evidence, advice } : evidence;
}

const findingOf = ({ code, values }: ServiceFinding): Finding => ({ code, values });

function stateEvidence(service: ServiceFacts | undefined): Evidence {
  if (!service || service.state === 'not-installed') return { layer: 'service', state: 'skipped' };
  const { name, state, detail = '' } = service;
  if (state === 'failed') return broken('service', 'SERVICE_FAILED', { name, detail });
  if (state === 'stopped') return broken('service', 'SERVICE_STOPPED', { name });
  return state === 'unknown' ? unknown('service', detail) : ok('service', state);
}

/** A gateway of another state directory or kind may hold the port; then ours need not run. */
function processEvidence(
  { trayDir, port }: LocalSubject,
  lock: LockRecord | undefined,
  listeners: readonly Listener[],
): Evidence {
  if (lock) {
    const isListening = listeners.some(({ pid }) => pid === lock.pid);
    if (isListening || (lock.port !== port && listeners.length > 0)) return ok('process', `pid ${lock.pid}`);
    return lock.port === port
      ? broken('process', 'GATEWAY_STARTING', { pid: lock.pid, port })
      : broken('process', 'GATEWAY_ON_OTHER_PORT', { pid: lock.pid, port, running: lock.port });
  }
  const gateway = listeners.find((listener) => listener.gateway);
  if (gateway) return ok('process', `pid ${gateway.pid ?? 'unknown'}`);
  const dead = deadLock(trayDir);
  if (dead) return broken('process', 'LOCK_STALE', { pid: dead.pid, port });
  return broken('process', 'GATEWAY_NOT_RUNNING', { port });
}

/** What a gateway leaves behind that was killed. */
function deadLock(trayDir: string): LockRecord | undefined {
  const text = shortText(join(trayDir, 'run', 'gateway.lock'));
  return text === undefined ? undefined : parseLockRecord(text);
}

function portEvidenceOf({ port, stateDir }: LocalSubject, listeners: readonly Listener[]): Evidence {
  const [holder] = listeners;
  if (!holder) return { layer: 'port', state: 'skipped' };
  const values = { port, holder: listenerLine(holder) };
  if (!holder.gateway) return broken('port', 'PORT_FOREIGN', values);
  // Whoever holds the lock of this state directory may write to it.
  const isOurs = listeners.length === 1 && holder.gateway.verifiedBy === 'lock';
  const stranger = isOurs ? undefined : strangerAt(port);
  const owner = statSync(stateDir, { throwIfNoEntry: false })?.uid;
  if (stranger !== undefined && stranger !== owner) return broken('port', 'PORT_OTHER_USER', values);
  return ok('port', listenerLine(holder));
}

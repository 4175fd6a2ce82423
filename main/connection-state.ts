import type { Evidence, Finding } from '../core/verdict/evidence.ts';
import type { FindingCode, FixContext } from '../core/verdict/findings.ts';
import type { Tone } from './bridge/contract.ts';
import type { HostState } from './gateway-host.ts';
import type { Way } from './reach.ts';

/** The last judgement on the gateway. */
export interface GatewayLook {
  /** It can be used. */
  ok: boolean;
  /** A gateway runs on the state directory or at the port, whoever started it. */
  isRunning: boolean;
  finding?: Finding;
  warnings: readonly Finding[];
  fix: FixContext;
  /** What was seen of each layer; absent where nobody looked at them. */
  evidence?: readonly Evidence[];
}

/** What the app knows at this moment. */
export interface ConnectionFacts {
  host: HostState;
  /** How the way to a gateway elsewhere is; undefined: it is the one of this computer. */
  way: Way | undefined;
  /** Undefined: nobody has looked yet. */
  look: GatewayLook | undefined;
  /** The live connection can be asked. */
  isConnected: boolean;
  /** A restart was asked for, and the gateway has not come back since. */
  isRestarting: boolean;
}

export type Phase =
  | 'connecting'
  | 'reconnecting'
  /** Somebody at the gateway's host has to approve this device; it is asked again meanwhile. */
  | 'approval'
  | 'disconnected'
  | 'looking'
  | 'stopped'
  | 'starting'
  | 'running'
  | 'restarting'
  | 'stopping'
  | 'crashed'
  | 'refused'
  | 'trouble';

export interface Connection {
  phase: Phase;
  tone: Tone;
  /** The app has started it, and may end it. */
  isOwn: boolean;
  canStart: boolean;
  canStop: boolean;
  canRestart: boolean;
  /** The way to a gateway elsewhere can be opened, or tried again. */
  canConnect: boolean;
  canDisconnect: boolean;
}

/** Nothing keeps a start here from helping. */
const STARTABLE: readonly FindingCode[] = ['GATEWAY_NOT_RUNNING', 'LOCK_STALE'];

/** It runs, and needs nothing but time: before it listens, its port is known to its lock alone. */
const BEGINNING: readonly FindingCode[] = ['GATEWAY_STARTING', 'GATEWAY_ON_OTHER_PORT', 'CONNECT_NOT_READY'];

const TONES: Readonly<Record<Phase, Tone>> = {
  connecting: 'warn',
  reconnecting: 'warn',
  approval: 'warn',
  disconnected: 'idle',
  looking: 'idle',
  stopped: 'idle',
  starting: 'warn',
  running: 'ok',
  restarting: 'warn',
  stopping: 'warn',
  crashed: 'error',
  refused: 'error',
  trouble: 'error',
};

/** What there is to say and to do, from what is known. Pure, so that tray and window cannot differ. */
export function connectionOf(facts: ConnectionFacts): Connection {
  const { host, look, isConnected, way } = facts;
  const phase = way ? remotePhase(way, facts) : phaseOf(facts);
  const canRestart = phase === 'running' && isConnected;
  const common = { phase, tone: TONES[phase], canRestart };
  if (way) return { ...common, ...NOT_HERE, ...onTheWay(phase) };
  const isOwn = host.kind === 'starting' || host.kind === 'running';
  // What was seen last can be older than our own process.
  const mayStart = !isOwn && look !== undefined && !look.isRunning && STARTABLE.includes(codeOf(look));
  return {
    ...common,
    isOwn,
    // A look may be older than the process that was started since.
    canStart: !isOwn && (((phase === 'stopped' || phase === 'refused') && mayStart) || startsService(look)),
    canStop: isOwn || phase === 'crashed',
    canConnect: false,
    canDisconnect: false,
  };
}

/** The gateway of this computer is a service, which is not running: a start means that service. */
export const startsService = (look: GatewayLook | undefined): boolean =>
  look?.finding?.code === 'SERVICE_STOPPED' && !look.isRunning;

/** A gateway elsewhere is not started or stopped from here. */
const NOT_HERE = { isOwn: false, canStart: false, canStop: false } as const;

const onTheWay = (phase: Phase): Pick<Connection, 'canConnect' | 'canDisconnect'> => ({
  canConnect: phase === 'disconnected' || phase === 'trouble',
  canDisconnect: phase !== 'disconnected',
});

/** The app runs a gateway on this computer, whichever one it is about: that one ends with the app. */
export const isHosting = ({ kind }: HostState): boolean =>
  kind === 'starting' || kind === 'running' || kind === 'crashed';

/** Whether there is a way comes first: without one there is nothing else to be seen. */
function remotePhase(way: Way, { look, isConnected, isRestarting }: ConnectionFacts): Phase {
  if (way.kind === 'disconnected' || way.kind === 'reconnecting') return way.kind;
  if (isRestarting) return 'restarting';
  if (way.kind === 'connecting' || look === undefined) return 'connecting';
  if (look.ok) return isConnected ? 'running' : 'connecting';
  // A way that has just been opened is not judged by what was seen before.
  if (look.finding === undefined) return 'connecting';
  return look.finding.code === 'PAIRING_REQUIRED' ? 'approval' : 'trouble';
}

const codeOf = ({ finding }: GatewayLook): FindingCode => finding?.code ?? 'GATEWAY_NOT_RUNNING';

/** What the app does itself it knows before anybody can see it from outside. */
function phaseOf({ host, look, isConnected, isRestarting }: ConnectionFacts): Phase {
  if (host.kind === 'stopping' || host.kind === 'crashed' || host.kind === 'starting') return host.kind;
  if (isRestarting) return 'restarting';
  if (look === undefined) return 'looking';
  if (look.ok) return isConnected ? 'running' : 'starting';
  return phaseWithout(look, host);
}

/** Why a gateway cannot be used. */
function phaseWithout(look: GatewayLook, host: HostState): Phase {
  if (look.isRunning) return BEGINNING.includes(codeOf(look)) ? 'starting' : 'trouble';
  if (!STARTABLE.includes(codeOf(look))) return 'trouble';
  return host.kind === 'refused' ? 'refused' : 'stopped';
}

import type { Finding } from '../core/verdict/evidence.ts';
import type { FindingCode, FixContext } from '../core/verdict/findings.ts';
import type { Tone } from './bridge/contract.ts';
import type { HostState } from './gateway-host.ts';

/** The last judgement on the gateway of this computer. */
export interface GatewayLook {
  /** It can be used. */
  ok: boolean;
  /** A gateway runs on the state directory or at the port, whoever started it. */
  isRunning: boolean;
  finding?: Finding;
  warnings: readonly Finding[];
  fix: FixContext;
}

/** What the app knows at this moment. */
export interface ConnectionFacts {
  host: HostState;
  /** Undefined: nobody has looked yet. */
  look: GatewayLook | undefined;
  /** The live connection can be asked. */
  isConnected: boolean;
  /** A restart was asked for, and the gateway has not come back since. */
  isRestarting: boolean;
}

export type Phase =
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
}

/** Nothing keeps a start here from helping. */
const STARTABLE: readonly FindingCode[] = ['GATEWAY_NOT_RUNNING', 'LOCK_STALE'];

const TONES: Readonly<Record<Phase, Tone>> = {
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
  const { host, look, isConnected } = facts;
  const phase = phaseOf(facts);
  const isOwn = host.kind === 'starting' || host.kind === 'running';
  // What was seen last can be older than our own process.
  const mayStart = !isOwn && look !== undefined && !look.isRunning && STARTABLE.includes(codeOf(look));
  return {
    phase,
    tone: TONES[phase],
    isOwn,
    canStart: (phase === 'stopped' || phase === 'refused') && mayStart,
    canStop: isOwn || phase === 'crashed',
    canRestart: phase === 'running' && isConnected,
  };
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
  if (look.isRunning) return look.finding?.code === 'GATEWAY_STARTING' ? 'starting' : 'trouble';
  if (!STARTABLE.includes(codeOf(look))) return 'trouble';
  return host.kind === 'refused' ? 'refused' : 'stopped';
}

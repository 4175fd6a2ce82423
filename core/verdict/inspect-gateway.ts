import type { Clock } from '../lib/clock.ts';
import type { FixContext } from './findings.ts';
import { type LocalLook, type LocalSubject, lookAtThisMachine } from './local-look.ts';
import type { NetworkLook, NetworkTarget } from './network-look.ts';
import { judge, type Verdict } from './verdict.ts';

/** What to look at: a gateway of this machine, one somewhere, or one of this machine under a given address. */
export interface InspectSubject {
  local?: LocalSubject;
  /** Absent: only what can be seen without asking the gateway. */
  network?: NetworkTarget;
  /** What commands begin with. */
  command: string;
}

export interface InspectOptions {
  clock: Clock;
  /** Milliseconds for asking over the network. */
  timeoutMs: number;
  /** Methods that have to answer. */
  methods: readonly string[];
}

export interface Inspection {
  verdict: Verdict;
  fix: FixContext;
  local?: LocalLook;
  network?: NetworkLook;
}

/**
 * Gathers the evidence and judges it; the one function behind `status`, `probe`, `wait-ready`, `doctor` and the tray.
 * It changes nothing, and never rejects for what it finds.
 */
export async function inspectGateway(subject: InspectSubject, options: InspectOptions): Promise<Inspection> {
  const local = subject.local && (await lookAtThisMachine(subject.local, options.clock));
  const isWorthAsking = local === undefined || local.listeners.length > 0;
  const network = subject.network && isWorthAsking ? await lookThere(subject.network, options) : undefined;
  const evidence = [...(local?.evidence ?? []), ...(network?.evidence ?? [])];
  const elsewhere = { isLocal: false, hasService: false, freePort: 0 };
  return {
    verdict: judge(evidence),
    fix: { command: subject.command, ...(local?.fix ?? elsewhere) },
    ...(local && { local }),
    ...(network && { network }),
  };
}

/** What asks over the network is loaded when there is somebody to ask. */
async function lookThere(target: NetworkTarget, options: InspectOptions): Promise<NetworkLook> {
  const { lookAtNetwork } = await import('./network-look.ts');
  return lookAtNetwork(target, options);
}

import type { Clock } from '../lib/clock.ts';
import type { Evidence } from './evidence.ts';
import type { FixContext } from './findings.ts';
import { type LocalLook, type LocalSubject, lookAtThisMachine } from './local-look.ts';
import { lookAtNetwork, type NetworkLook, type NetworkTarget } from './network-look.ts';
import { judge, type Verdict } from './verdict.ts';

/** What to look at: a gateway of this machine, one somewhere, or one of this machine under a given address. */
export interface InspectSubject {
  local?: LocalSubject;
  /** What is known of the way there already, such as a tunnel; when it is broken, nothing is asked. */
  way?: Evidence;
  /** Absent: only what can be seen without asking the gateway. */
  network?: NetworkTarget;
  /** What commands begin with. */
  command: string;
  /** Of the gateway of this machine, where a flag has named it. */
  port?: number | undefined;
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
  // What was known before anything was asked took no time.
  const way = subject.way && { startMs: 0, ms: 0, ...subject.way };
  const pointless = new AbortController();
  const [asked, local] = await Promise.all([
    way?.state === 'broken' ? undefined : askNetwork(subject, { ...options, signal: pointless.signal }),
    subject.local && askThisMachine(subject.local, options).then(endIfPointless(pointless)),
  ]);
  const network = pointless.signal.aborted ? undefined : asked;
  const evidence = [...(local?.evidence ?? []), ...(way ? [way] : []), ...(network?.evidence ?? [])];
  return {
    verdict: judge(evidence),
    fix: fixContext(subject, local),
    ...(local && { local }),
    ...(network && { network }),
  };
}

/**
 * What nobody listens to need not be told again by each layer of the network. And from a program that is no gateway no
 * answer is to be expected, however long it is waited for.
 */
const endIfPointless =
  (pointless: AbortController) =>
  (local: LocalLook): LocalLook => {
    const isForeign = local.evidence.some(({ finding }) => finding?.code === 'PORT_FOREIGN');
    if (local.listeners.length === 0 || isForeign) pointless.abort();
    return local;
  };

const elsewhere = { isLocal: false, hasService: false, freePort: 0 };

function fixContext({ command, network, port }: InspectSubject, local: LocalLook | undefined): FixContext {
  const origin = network?.origin;
  return {
    command,
    ...(local?.fix ?? elsewhere),
    ...(local && port !== undefined && { port }),
    ...(origin && { origin }),
  };
}

/** One turn later, when a question is on its way: the machine is looked at while the gateway thinks. */
async function askThisMachine(local: LocalSubject, { clock }: InspectOptions): Promise<LocalLook> {
  await new Promise(setImmediate);
  return lookAtThisMachine(local, clock);
}

/** Times count from the start of the way there. */
async function askNetwork(
  { network, way }: InspectSubject,
  options: InspectOptions & { signal: AbortSignal },
): Promise<NetworkLook | undefined> {
  if (!network) return undefined;
  const look = await lookAtNetwork(network, options);
  const later = (one: Evidence): Evidence =>
    one.startMs === undefined ? one : { ...one, startMs: one.startMs + (way?.ms ?? 0) };
  return { ...look, evidence: look.evidence.map(later) };
}

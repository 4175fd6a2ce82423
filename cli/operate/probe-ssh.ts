import type { Beacon } from '../../core/discovery/beacon.ts';
import { shellWord } from '../../core/lib/shell-word.ts';
import { gatewayProblem, type TunnelProblem } from '../../core/remote/remote-problem.ts';
import { type OpenedTunnel, openTunnel, type Tunnel, type TunnelQuestion } from '../../core/remote/tunnel.ts';
import { sshMachine } from '../../core/ssh/machine.ts';
import { sshProblem } from '../../core/ssh/ssh-problem.ts';
import { targetText } from '../../core/ssh/ssh-target.ts';
import { broken, type Evidence, ok } from '../../core/verdict/evidence.ts';
import { damagedStore, noTunnel } from '../../core/verdict/tunnel-words.ts';
import type { Target } from '../target.ts';
import { NOTHING, settingsWith } from './probe-credentials.ts';
import { inspect, type LookContext, type ProbedTarget } from './probe-inspect.ts';
import { type PlannedTarget, withoutCredentials } from './probe-plan.ts';
import { configuredRemotePort, type SshPlan } from './probe-ssh-plan.ts';
import { networkTarget } from './subject.ts';

/** How the gateway was reached, or would have been. */
export interface ThroughSsh {
  kind: 'ssh';
  target: string | null;
  localPort: number | null;
  remotePort: number;
  gatewayId: string | null;
}

interface Way {
  evidence: Evidence;
  place: ThroughSsh;
  tunnel?: Tunnel;
  /** Why nobody knows who it is. */
  unproven?: Extract<TunnelQuestion, { about: 'unproven-gateway' }>;
}

/** Opens the way, looks at the gateway at its end, and closes it. Nothing is written down, whoever is met. */
export async function lookThroughSsh(
  planned: PlannedTarget,
  ssh: SshPlan,
  context: LookContext,
): Promise<ProbedTarget> {
  const way = await openWay(planned, ssh, context);
  const { tunnel, place, evidence } = way;
  const base = { planned, tunnel: place };
  if (!tunnel) return { ...base, url: '', inspection: await inspect({ way: evidence }, context) };
  try {
    const network = networkThrough(planned, tunnel, way.unproven !== undefined);
    const asked = { ...context, timeoutMs: timeLeft(context) };
    const inspection = await inspect({ way: evidence, network }, asked);
    const isKeptOut = ['auth', 'scope'].includes(inspection.verdict.layer ?? '');
    if (!way.unproven || !isKeptOut) return { ...base, url: tunnel.url, inspection };
    const { remote, reason } = way.unproven;
    const problem = gatewayProblem('GATEWAY_UNPROVEN', { remote, reason });
    const fault = noTunnel({ problem, target: String(place.target), flags: flagsOf(planned, place) });
    const judged = await inspect({ way: { ...evidence, ...fault } }, context);
    return { ...base, url: tunnel.url, inspection: { ...inspection, verdict: judged.verdict } };
  } finally {
    await tunnel.close();
  }
}

const timeLeft = ({ startedAtMs, timeoutMs, invocation }: LookContext): number =>
  Math.max(1, startedAtMs + timeoutMs - invocation.cli.clock.now());

/** Nobody gets a credential who cannot show that he is the gateway it is for. */
function networkThrough(planned: PlannedTarget, { url, port }: Tunnel, isUnproven: boolean) {
  const target: Target = { url, port, source: 'config gateway.remote.url', isLoopback: true };
  const settings = isUnproven ? settingsWith(planned.settings, NOTHING) : planned.settings;
  const invocation = isUnproven ? withoutCredentials(planned.invocation) : planned.invocation;
  // What is configured is for the configured host alone.
  const origin = planned.ssh?.isConfigured ? 'remote' : 'flag';
  return { ...networkTarget(invocation, settings, target, true), origin } as const;
}

async function openWay(planned: PlannedTarget, ssh: SshPlan, context: LookContext): Promise<Way> {
  const { clock } = context.invocation.cli;
  const found = ssh.target === undefined ? firstElsewhere((await context.discovery).beacons) : undefined;
  const target = ssh.target ?? found?.target ?? null;
  const place: ThroughSsh = {
    kind: 'ssh',
    target,
    localPort: null,
    remotePort: found?.port ?? ssh.remotePort,
    gatewayId: null,
  };
  if (target === null) return { evidence: broken('tunnel', 'NOBODY_DISCOVERED'), place };
  const began = clock.now();
  const timed = (evidence: Evidence): Evidence => ({ ...evidence, startMs: 0, ms: clock.now() - began });
  const fault = (problem: TunnelProblem) => noTunnel({ problem, target, flags: flagsOf(planned, place) });
  let unproven: Way['unproven'];
  try {
    const opened = await open({ planned, ssh, place, target }, context, (question) => {
      unproven = question;
    });
    if (!opened.ok) return { evidence: timed(fault(opened.problem)), place };
    const { tunnel } = opened;
    const { port: localPort, gatewayId = null } = tunnel;
    const evidence = timed(ok('tunnel', target));
    return { evidence, place: { ...place, localPort, gatewayId }, tunnel, ...(unproven && { unproven }) };
  } catch (error) {
    return { evidence: timed(damagedStore(error)), place };
  }
}

/** With these `openclaw tunnel` goes the same way; what the configuration says it finds out for itself. */
function flagsOf({ invocation, settings }: PlannedTarget, { remotePort }: ThroughSsh): string {
  const { sshIdentity } = invocation.options;
  const port = remotePort === configuredRemotePort(settings) ? '' : ` --remote-port ${remotePort}`;
  return sshIdentity === undefined ? port : `${port} --ssh-identity ${shellWord(sshIdentity)}`;
}

/** Only where DNS has resolved it to counts, not what it says of itself; this machine needs no SSH. */
export function firstElsewhere(beacons: readonly Beacon[]): { target: string; port: number } | undefined {
  for (const { isLocal, addresses, port } of beacons) {
    const [host] = addresses;
    if (!isLocal && host !== undefined) return { target: targetText({ host }), port };
  }
  return undefined;
}

interface Opening {
  planned: PlannedTarget;
  ssh: SshPlan;
  place: ThroughSsh;
  target: string;
}

async function open(
  { planned, ssh, place, target }: Opening,
  context: LookContext,
  onUnproven: (question: NonNullable<Way['unproven']>) => void,
): Promise<OpenedTunnel> {
  const timeoutMs = timeLeft(context);
  const limit = AbortSignal.timeout(timeoutMs);
  const opened = await openTunnel({
    target,
    identity: ssh.identity,
    remote: { port: place.remotePort },
    trayDir: planned.settings.paths.trayDir,
    around: sshMachine(context.invocation.cli),
    random: Math.random,
    timeoutMs,
    answerMs: Math.ceil(timeoutMs / 2),
    signal: limit,
    consent: async (question) => {
      if (question.about !== 'unproven-gateway' || question.pinned !== undefined) return false;
      onUnproven(question);
      return true;
    },
  });
  return opened.ok || !limit.aborted
    ? opened
    : { ok: false, problem: tooSlow(opened.problem, target, timeoutMs) };
}

/** What broke off because the time was up is told as that. */
function tooSlow(problem: TunnelProblem, target: string, timeoutMs: number): TunnelProblem {
  const { host = target, port = 22 } = problem.values;
  return sshProblem('SSH_TIMEOUT', { host, port, reason: `${timeoutMs} ms` });
}

import { broken } from '../../core/verdict/evidence.ts';
import { type Inspection, type InspectSubject, inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import { commandName } from '../command-name.ts';
import type { Settings } from '../settings.ts';
import { type ProbeDiscovery, startDiscovery } from './probe-discovery.ts';
import type { PlannedTarget, ProbeInvocation, ProbePlan } from './probe-plan.ts';
import type { ThroughSsh } from './probe-ssh.ts';
import { serviceOf } from './service.ts';
import { type CheckedConfig, localSubject, networkTarget } from './subject.ts';

/** What was found out about one gateway. */
export interface ProbedTarget {
  planned: PlannedTarget;
  /** Empty when there is none. */
  url: string;
  inspection: Inspection;
  /** With a tunnel. */
  tunnel?: ThroughSsh;
}

export interface ProbeFindings {
  plan: ProbePlan;
  targets: ProbedTarget[];
  discovery: ProbeDiscovery;
  timeoutMs: number;
  startedAtMs: number;
  durationMs: number;
}

export interface LookContext {
  invocation: ProbeInvocation;
  config: CheckedConfig;
  discovery: Promise<ProbeDiscovery>;
  /** Milliseconds for each gateway. */
  timeoutMs: number;
  /** Epoch milliseconds. */
  startedAtMs: number;
}

/** What a gateway is asked in detail; source: CLI page, probe. */
export const DETAIL_METHODS = ['health', 'status', 'system-presence', 'config.get'];

/** Somebody said hello. */
export const isReachable = ({ inspection }: ProbedTarget): boolean => inspection.network?.hello !== undefined;

/**
 * Looks at all targets side by side, each with the whole time for itself. Meanwhile the network is listened to:
 * as long as it may when no gateway was reached, else only until all targets were looked at.
 */
export async function probeAll(
  invocation: ProbeInvocation,
  { plan, settings, config }: { plan: ProbePlan; settings: Settings; config: CheckedConfig },
): Promise<ProbeFindings> {
  const { clock } = invocation.cli;
  const startedAtMs = clock.now();
  const timeoutMs = invocation.options.timeout ?? 3000;
  const listening = startDiscovery(invocation, settings, timeoutMs);
  const context = { invocation, config, discovery: listening.found, timeoutMs, startedAtMs };
  const targets = await Promise.all(plan.targets.map((planned) => look(planned, context)));
  if (targets.some(isReachable)) listening.enough();
  const discovery = await listening.found;
  return { plan, targets, discovery, timeoutMs, startedAtMs, durationMs: clock.now() - startedAtMs };
}

async function look(planned: PlannedTarget, context: LookContext): Promise<ProbedTarget> {
  if (planned.ssh) return (await import('./probe-ssh.ts')).lookThroughSsh(planned, planned.ssh, context);
  const { target, unusable = '' } = planned;
  if (!target) {
    const way = broken('tcp', 'ADDRESS_INVALID', { url: '', reason: unusable });
    return { planned, url: '', inspection: await inspect({ way }, context) };
  }
  const local = localSubject(planned.settings, target, context.config, () =>
    serviceOf(context.invocation, planned.settings),
  );
  const network = networkTarget(planned.invocation, planned.settings, target);
  return {
    planned,
    url: target.url,
    inspection: await inspect({ network, ...(local && { local }) }, context),
  };
}

export function inspect(
  subject: Omit<InspectSubject, 'command'>,
  { invocation, timeoutMs }: Pick<LookContext, 'invocation' | 'timeoutMs'>,
): Promise<Inspection> {
  const command = commandName(invocation);
  const { clock } = invocation.cli;
  return inspectGateway({ command, ...subject }, { clock, timeoutMs, methods: DETAIL_METHODS });
}

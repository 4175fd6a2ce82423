import { unresolvedSecret } from '../credentials.ts';
import type { Settings } from '../settings.ts';
import { type ProbeDiscovery, startDiscovery } from './probe-discovery.ts';
import { inspect, isReachable, type LookContext, type ProbedTarget } from './probe-inspect.ts';
import type { PlannedTarget, ProbeInvocation, ProbePlan } from './probe-plan.ts';
import { serviceOf } from './service.ts';
import { type CheckedConfig, localSubject, networkTarget } from './subject.ts';

export interface ProbeFindings {
  plan: ProbePlan;
  targets: ProbedTarget[];
  discovery: ProbeDiscovery;
  timeoutMs: number;
  startedAtMs: number;
  durationMs: number;
}

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
  const listening = startDiscovery(invocation, settings, {
    budgetMs: timeoutMs,
    isNeeded: plan.targets.some(({ ssh }) => ssh && ssh.target === undefined),
  });
  const context = { invocation, config, discovery: listening.found, timeoutMs, startedAtMs };
  const targets = await Promise.all(plan.targets.map((planned) => look(planned, context)));
  if (targets.some(isReachable)) listening.enough();
  else listening.due();
  const discovery = await listening.found;
  return { plan, targets, discovery, timeoutMs, startedAtMs, durationMs: clock.now() - startedAtMs };
}

async function look(planned: PlannedTarget, context: LookContext): Promise<ProbedTarget> {
  if (planned.ssh) return (await import('./probe-ssh.ts')).lookThroughSsh(planned, planned.ssh, context);
  const { target, fault: way } = planned;
  if (!target) return { planned, url: '', inspection: await inspect({ ...(way && { way }) }, context) };
  const local = localSubject(planned.settings, target, context.config, () =>
    serviceOf(context.invocation, {
      settings: planned.settings,
      config: context.config,
      target,
      limitMs: context.timeoutMs,
    }),
  );
  const network = networkTarget(planned.invocation, planned.settings, target);
  const inspection = await inspect({ network, ...(local && { local }) }, context);
  const probed = { planned, url: target.url, inspection };
  if (isReachable(probed)) return probed;
  const { settings, invocation } = planned;
  const noSecret = await unresolvedSecret({ target, settings, options: invocation.options });
  return { ...probed, ...(noSecret && { noSecret }) };
}

import type { RpcError } from '../../core/protocol/errors.ts';
import { type Inspection, type InspectSubject, inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import { commandName } from '../command-name.ts';
import type { ProbeDiscovery } from './probe-discovery.ts';
import type { PlannedTarget, ProbeInvocation } from './probe-plan.ts';
import type { ThroughSsh } from './probe-ssh.ts';
import type { CheckedConfig } from './subject.ts';

/** What was found out about one gateway. */
export interface ProbedTarget {
  planned: PlannedTarget;
  /** Empty when there is none. */
  url: string;
  inspection: Inspection;
  /** Why the secret for it could not be resolved, where it was not reached. */
  noSecret?: RpcError;
  /** With a tunnel. */
  tunnel?: ThroughSsh;
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

export function inspect(
  subject: Omit<InspectSubject, 'command'>,
  { invocation, timeoutMs }: Pick<LookContext, 'invocation' | 'timeoutMs'>,
): Promise<Inspection> {
  const command = commandName(invocation);
  const { clock } = invocation.cli;
  const { port } = invocation.options;
  return inspectGateway({ command, port, ...subject }, { clock, timeoutMs, methods: DETAIL_METHODS });
}

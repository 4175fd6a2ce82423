import { asObject, asText } from '../../core/lib/json.ts';
import type { Language } from '../../core/messages/language.ts';
import { probeMessages } from '../../core/messages/probe-messages.ts';
import type { Finding } from '../../core/verdict/evidence.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import { isReachable, type ProbedTarget } from './probe-inspect.ts';
import type { ProbeFindings } from './probe-look.ts';

/** Source: CLI page, probe. */
export interface ProbeWarning {
  code:
    | 'probe_scope_limited'
    | 'probe_detail_failed'
    | 'multiple_gateways'
    | 'ssh_tunnel_failed'
    | 'auth_secretref_unresolved'
    | 'local_tls_runtime_unavailable'
    | 'no_gateway_reachable';
  message: string;
  targetIds: string[];
}

const faultIn = ({ inspection }: ProbedTarget, layer: string) =>
  inspection.verdict.evidence.find((one) => one.layer === layer && one.state === 'broken')?.finding;

export const isScopeLimited = (target: ProbedTarget): boolean =>
  isReachable(target) && faultIn(target, 'scope') !== undefined;

/** The first scope that was missed. */
export const missingScope = (target: ProbedTarget): string =>
  String(faultIn(target, 'scope')?.values.scope ?? 'operator.read');

export const isRpcOk = (target: ProbedTarget): boolean =>
  isReachable(target) && target.inspection.network?.evidence.some(isWorkingRpc) === true;
const isWorkingRpc = ({ layer, state }: { layer: string; state: string }): boolean =>
  layer === 'rpc' && state === 'ok';

/** Through a tunnel a secret is asked for only once there is one, and its fault is that of the authentication. */
function secretFault(target: ProbedTarget): Finding | undefined {
  const reason = target.noSecret?.message.split('\n')[0];
  if (reason !== undefined) return { code: 'SECRET_UNRESOLVED', values: { reason } };
  const fault = faultIn(target, 'auth');
  return fault?.code === 'SECRET_UNRESOLVED' ? fault : undefined;
}

function secretWords(target: ProbedTarget, language: Language): string {
  const fault = secretFault(target);
  return fault ? wordsFor(fault, target.inspection.fix, language).problem : '';
}

/** What a person or program ought to know besides the verdicts. */
export function probeWarnings({ targets }: ProbeFindings, language: Language): ProbeWarning[] {
  const say = probeMessages.in(language);
  const reached = targets.filter(isReachable);
  const failed = reached.filter((target) => !isRpcOk(target) && !isScopeLimited(target));
  const noTunnel = targets.filter((target) => faultIn(target, 'tunnel') !== undefined);
  const noSecret = targets.filter((target) => secretFault(target) !== undefined);
  const noTls = targets.filter(isLocalWithoutTls);
  const wordsOf = (target: ProbedTarget, layer: string): string => {
    const finding = faultIn(target, layer);
    return finding ? wordsFor(finding, target.inspection.fix, language).problem : '';
  };
  return [
    told('probe_scope_limited', reached.filter(isScopeLimited), ([first]) =>
      say('scopeLimited', { scope: first ? missingScope(first) : '' }),
    ),
    told('probe_detail_failed', failed, ([first]) =>
      say('detailFailed', { reason: first ? wordsOf(first, 'rpc') || wordsOf(first, 'version') : '' }),
    ),
    told('multiple_gateways', areSeveral(reached) ? reached : [], ({ length }) =>
      say('several', { count: length }),
    ),
    told('ssh_tunnel_failed', noTunnel, ([first]) => (first ? wordsOf(first, 'tunnel') : '')),
    told('auth_secretref_unresolved', noSecret, ([first]) => (first ? secretWords(first, language) : '')),
    told('local_tls_runtime_unavailable', noTls, ([first]) =>
      say('localTls', { reason: first ? wordsOf(first, 'tls') : '' }),
    ),
    told('no_gateway_reachable', reached.length === 0 ? targets : [], () => say('nobody')),
  ].flatMap((warning) => warning ?? []);
}

function told(
  code: ProbeWarning['code'],
  targets: readonly ProbedTarget[],
  message: (targets: readonly ProbedTarget[]) => string,
): ProbeWarning | undefined {
  if (targets.length === 0) return undefined;
  return { code, message: message(targets), targetIds: targets.map(({ planned }) => planned.kind) };
}

const isLocalWithoutTls = (target: ProbedTarget): boolean =>
  target.planned.target?.source === 'local loopback' && faultIn(target, 'tls') !== undefined;

/** One gateway that is reached on two ways says the same of itself both times. */
function areSeveral(reached: readonly ProbedTarget[]): boolean {
  const [first, ...others] = reached.map(identityOf);
  return others.some((other) => other === undefined || other !== first);
}

function identityOf({ inspection }: ProbedTarget): string | undefined {
  const { network } = inspection;
  return (
    asText(network?.hello?.server.bootId) ?? asText(selfOf(network?.answers['system-presence']).instanceId)
  );
}

/** What a gateway says of itself in its list of who is there. */
export function selfOf(presence: unknown): Record<string, unknown> {
  const rows = Array.isArray(presence) ? presence.map(asObject) : [];
  return rows.find(({ reason, mode }) => reason === 'self' || mode === 'gateway') ?? {};
}

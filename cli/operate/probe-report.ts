import { asNumber, asText } from '../../core/lib/json.ts';
import type { RpcError } from '../../core/protocol/errors.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import { type Capability, capabilityOf } from './capability.ts';
import { configSummary } from './config-summary.ts';
import { isReachable, type ProbedTarget } from './probe-inspect.ts';
import type { ProbeFindings } from './probe-look.ts';
import { isRpcOk, isScopeLimited, missingScope, probeWarnings, selfOf } from './probe-warnings.ts';
import { verdictDocument } from './verdict-text.ts';

/** The one that commands would best ask: the first that was reached, before those that are not in use. */
export const primaryOf = ({ targets }: ProbeFindings): ProbedTarget | undefined =>
  targets.find((target) => isReachable(target) && target.planned.isActive) ?? targets.find(isReachable);

export function capabilityOfTarget({ inspection }: ProbedTarget): Capability {
  return inspection.network ? capabilityOf(inspection.network) : 'unknown';
}

/** The JSON of `gateway probe`; source: CLI page, probe. Fields of both eras, and for each target its verdict. */
export function probeDocument(findings: ProbeFindings): Record<string, unknown> {
  const { targets, plan, startedAtMs, durationMs, timeoutMs, discovery } = findings;
  const primary = primaryOf(findings);
  return {
    ok: primary !== undefined,
    degraded: targets.some((target) => isReachable(target) && !isRpcOk(target)),
    capability: primary ? capabilityOfTarget(primary) : 'unknown',
    ts: startedAtMs,
    durationMs,
    timeoutMs,
    primaryTargetId: primary?.planned.kind ?? null,
    warnings: probeWarnings(findings, 'en'),
    network: plan.network,
    discovery,
    targets: targets.map(targetDocument),
  };
}

function targetDocument(probed: ProbedTarget): Record<string, unknown> {
  const { planned, url, tunnel = null, inspection } = probed;
  const { hello, answers = {} } = inspection.network ?? {};
  const capability = capabilityOfTarget(probed);
  const { layers, ...verdict } = verdictDocument(inspection.verdict, inspection.fix);
  return {
    id: planned.kind,
    kind: planned.kind,
    url,
    active: planned.isActive,
    tunnel,
    connect: connectDocument(probed),
    auth: { role: hello?.auth.role ?? null, scopes: hello?.auth.scopes ?? [], capability },
    server: {
      version: hello?.server.version ?? null,
      ...(hello?.server.buildId !== undefined && { buildId: hello.server.buildId }),
      connId: hello?.server.connId ?? null,
    },
    self: selfDocument(answers['system-presence']),
    config: configSummary(answers['config.get']),
    health: answers.health ?? null,
    summary: answers.status ?? null,
    presence: answers['system-presence'] ?? null,
    verdict,
    layers,
  };
}

function connectDocument(probed: ProbedTarget): Record<string, unknown> {
  const { network } = probed.inspection;
  return {
    ok: isReachable(probed),
    rpcOk: isRpcOk(probed),
    scopeLimited: isScopeLimited(probed),
    latencyMs: network?.latencyMs ?? null,
    error: errorOf(probed),
    close: closeOf(probed),
  };
}

/** What went wrong; null when nothing did. */
function errorOf(probed: ProbedTarget): string | null {
  const { verdict, fix } = probed.inspection;
  const said = reasonOf(probed);
  if (isRpcOk(probed)) return null;
  if (isScopeLimited(probed)) return `missing scope: ${missingScope(probed)}`;
  const fault = verdict.finding ?? verdict.evidence.find(({ state }) => state === 'broken')?.finding;
  return said ?? (fault ? wordsFor(fault, fix, 'en').problem : null);
}

/** In the words of the operating system or the gateway, where it was asked and there was no hello. */
export function reasonOf({ inspection }: ProbedTarget): string | undefined {
  const { verdict, network } = inspection;
  if (verdict.layer === 'tunnel' || !network?.error) return undefined;
  const { code, details, message } = network.error;
  return asText(details?.reason) ?? (OUR_WORDS.includes(code) ? undefined : message.split('\n')[0]);
}

/** Errors of this side, which the verdict tells in the language of the reader. */
const OUR_WORDS: readonly string[] = [
  'BAD_ARGUMENT',
  'CREDENTIALS_REQUIRED',
  'SECRET_UNRESOLVED',
  'GATEWAY_TIMEOUT',
];

/** How the connection ended, as a WebSocket tells it; null where none was tried or it was good. */
function closeOf({ inspection }: ProbedTarget): { code: number; reason: string } | null {
  const { local, network } = inspection;
  if (!network) return local?.listeners.length === 0 ? NO_CONNECTION : null;
  const { error } = network;
  const code = asNumber(error?.details?.closeCode);
  if (code !== undefined) return { code, reason: asText(error?.details?.reason) ?? '' };
  if (error?.details?.kind === 'closed') return NO_CONNECTION;
  return error && isAnswer(error) ? { code: 1008, reason: error.message } : null;
}

/** A gateway that refuses answers first, and closes with the same words. */
const isAnswer = ({ code, details }: RpcError): boolean =>
  !OUR_WORDS.includes(code) &&
  details !== undefined &&
  details.kind === undefined &&
  details.code !== 'INSECURE_URL';

const NO_CONNECTION = { code: 1006, reason: '' };

function selfDocument(presence: unknown): Record<string, unknown> | null {
  const { host, ip, version, platform, instanceId } = selfOf(presence);
  if (host === undefined && version === undefined) return null;
  return { host, ip, version, platform, ...(instanceId !== undefined && { instanceId }) };
}

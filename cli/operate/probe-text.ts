import { asText, valueAt } from '../../core/lib/json.ts';
import { probeMessages } from '../../core/messages/probe-messages.ts';
import { commandName } from '../command-name.ts';
import { safeText } from '../output.ts';
import { wrapLines, wrapWidth } from '../text-width.ts';
import type { ProbedTarget } from './probe-inspect.ts';
import { isReachable } from './probe-inspect.ts';
import type { ProbeFindings } from './probe-look.ts';
import type { ProbeInvocation } from './probe-plan.ts';
import { capabilityOfTarget, primaryOf, reasonOf } from './probe-report.ts';
import { isRpcOk, isScopeLimited, missingScope, probeWarnings, selfOf } from './probe-warnings.ts';
import { verdictLines, waterfallLines } from './verdict-text.ts';

type Say = ReturnType<typeof probeMessages.in>;

/** `gateway probe` for people. */
export function probeLines(findings: ProbeFindings, invocation: ProbeInvocation): string[] {
  const { output, language, options } = invocation;
  const say = probeMessages.in(language);
  const primary = primaryOf(findings);
  const capability = primary ? capabilityOfTarget(primary) : 'unknown';
  return [
    output.style.bold(say('title')),
    say('reachable', { answer: say(primary ? 'yes' : 'no') }),
    say('capability', { capability: capability.replaceAll('_', '-') }),
    say('budget', { ms: findings.timeoutMs }),
    ...warningLines(findings, invocation),
    '',
    ...discoveryLines(findings, invocation),
    '',
    say('targets'),
    ...findings.targets.flatMap((target, index) => [
      ...(index === 0 ? [] : ['']),
      ...targetLines(target, invocation, options.verbose === true),
    ]),
  ];
}

/** The target itself says these in full. */
const TOLD_BELOW: readonly string[] = [
  'ssh_tunnel_failed',
  'auth_secretref_unresolved',
  'local_tls_runtime_unavailable',
];

function warningLines(findings: ProbeFindings, { output, language }: ProbeInvocation): string[] {
  const warnings = probeWarnings(findings, language).filter(({ code }) => !TOLD_BELOW.includes(code));
  if (warnings.length === 0) return [];
  const lines = warnings.flatMap(({ message }) => listItem(safeText(message), output.width));
  return ['', output.style.yellow(probeMessages.in(language)('warning')), ...lines];
}

function listItem(text: string, width: number): string[] {
  const lines = wrapLines(text, width - 2);
  return lines.map((line, index) => `${index === 0 ? '-' : ' '} ${line}`);
}

function discoveryLines({ discovery }: ProbeFindings, invocation: ProbeInvocation): string[] {
  const { output, language } = invocation;
  const say = probeMessages.in(language);
  const { count, domains, listenedMs, beacons, timeoutMs } = discovery;
  const command = commandName(invocation);
  const tip =
    listenedMs === 0 && count === 0
      ? say('listen', { command })
      : listenedMs < timeoutMs
        ? say('listenLonger', { command })
        : say('tip', { command });
  return [
    say('discovery'),
    listenedMs === 0 && count === 0
      ? say('notListened')
      : say(count === 1 ? 'foundOne' : 'found', { count, domains: domains.join(' '), ms: listenedMs }),
    ...beacons.map(({ displayName, wsUrl }) => safeText(`- ${displayName} ${wsUrl}`)),
    ...(count === 0 || listenedMs < timeoutMs ? wrapLines(tip, output.width) : []),
  ];
}

function targetLines(probed: ProbedTarget, invocation: ProbeInvocation, isVerbose: boolean): string[] {
  const { output, language } = invocation;
  const say = probeMessages.in(language);
  const { verdict, fix } = probed.inspection;
  const narrow = { language, output: { ...output, width: output.width - 2 } };
  const isWorthTelling = !verdict.ok || verdict.warnings.length > 0;
  return [
    safeText([labelOf(probed, say), placeOf(probed)].join(' ').trim()),
    ...[
      ...wrapWidth(safeText(connectText(probed, say)), narrow.output.width),
      ...(isRpcOk(probed) ? detailLines(probed, say).map(safeText) : []),
      ...(isWorthTelling ? verdictLines(verdict, fix, narrow) : []),
      ...(isVerbose ? waterfallLines(verdict.evidence, language) : []),
    ].map((line) => `  ${line}`),
  ];
}

function labelOf({ planned }: ProbedTarget, say: Say): string {
  if (planned.kind === 'configRemote') return say(planned.isActive ? 'configRemote' : 'inactiveRemote');
  return say(planned.kind);
}

const placeOf = ({ url, tunnel }: ProbedTarget): string =>
  tunnel ? [tunnel.target ?? '', url && `→ ${url}`].filter((part) => part !== '').join(' ') : url;

function connectText(probed: ProbedTarget, say: Say): string {
  if (!isReachable(probed)) return withReason(say('connectFailed'), reasonOf(probed));
  const { latencyMs: ms = 0, evidence = [] } = probed.inspection.network ?? {};
  const capability = capabilityOfTarget(probed).replaceAll('_', '-');
  const rpc = evidence.find(({ layer }) => layer === 'rpc')?.finding?.values.reason;
  const answer = isScopeLimited(probed)
    ? say('rpcLimited', { scope: missingScope(probed) })
    : withReason(say('rpcFailed'), rpc);
  return `${say('connectOk', { ms })} · ${isRpcOk(probed) ? say('rpcOk') : answer} · ${say('capability', { capability })}`;
}

const withReason = (text: string, reason: string | number | undefined): string =>
  reason === undefined ? text : `${text} - ${reason}`;

function detailLines({ inspection }: ProbedTarget, say: Say): string[] {
  const answers = inspection.network?.answers ?? {};
  const { host, ip, version, platform } = selfOf(answers['system-presence']);
  const name = ip === undefined ? host : `${host} (${ip})`;
  const parts = [name, platform, version === undefined ? undefined : `app ${version}`];
  const known = parts.filter((part) => part !== undefined);
  const wideArea = valueAt(answers['config.get'], 'config.discovery.wideArea.enabled');
  const state = wideArea === true ? 'enabled' : wideArea === false ? 'disabled' : 'unknown';
  return [
    ...(known.length > 0 ? [say('gateway', { text: known.map(String).join(' · ') })] : []),
    say('wideArea', { state: say(state) }),
    ...domainLine(answers['config.get'], say),
  ];
}

function domainLine(config: unknown, say: Say): string[] {
  const domain = asText(valueAt(config, 'config.discovery.wideArea.domain'));
  return domain === undefined ? [] : [say('domain', { domain })];
}

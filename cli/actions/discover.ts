import type { Beacon } from '../../core/discovery/beacon.ts';
import { type Discovery, type DiscoveryProblem, discover, FIXED_BY } from '../../core/discovery/discover.ts';
import { discoveryProblemText } from '../../core/discovery/problem-text.ts';
import { isDnsServer } from '../../core/discovery/wide-area.ts';
import { wideAreaDomain } from '../../core/discovery/wide-area-domain.ts';
import { discoveryMessages } from '../../core/messages/discovery-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { commandName } from '../command-name.ts';
import type { DiscoverFlags } from '../commands/discover.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { readSettings } from '../settings.ts';
import { wrapLines } from '../text-width.ts';

export const gatewayDiscover: Action<DiscoverFlags> = async (invocation) => {
  const { cli, options, output } = invocation;
  const { timeout, dnsServer } = options;
  if (dnsServer !== undefined && !isDnsServer(dnsServer)) {
    throw new RpcError(
      'BAD_ARGUMENT',
      'Invalid --dns-server. Use an IP address, with a port if it is not 53: 127.0.0.1:5300.',
    );
  }
  cli.endWhenInterrupted();
  const domain = options.domain ?? wideAreaDomain(await readSettings(invocation));
  const servers = dnsServer === undefined ? [] : [dnsServer];
  const found = await discover({ timeoutMs: timeout, clock: cli.clock, domain, servers });
  if (output.json) output.value({ ...found, problems: found.problems.map(problemDocument(invocation)) });
  else for (const line of discoveryLines(invocation, found)) output.line(line);
  return 0;
};

type Asked = Pick<Invocation, 'language' | 'output' | 'cli' | 'globals'>;

/** What people read; the first lines are the same as those of other OpenClaw programs. */
export function discoveryLines(
  invocation: Asked,
  { beacons, count, domains, problems }: Discovery,
): string[] {
  const { style, width } = invocation.output;
  const say = discoveryMessages.in(invocation.language);
  const lines = [say('found', { count, domains: domains.join(' ') })];
  for (const beacon of beacons) lines.push(...beaconLines(beacon, say));
  if (problems.length > 0) lines.push('', say(count === 0 ? 'whyNothing' : 'notAll'));
  for (const problem of problems) lines.push(...problemLines(invocation, problem));
  if (count === 0 && domains.length === 1) lines.push('', say('tip', { command: commandName(invocation) }));
  return [style.bold(say('title')), ...lines.flatMap((line) => wrapLines(safeText(line), width))];
}

function beaconLines(beacon: Beacon, say: ReturnType<typeof discoveryMessages.in>): string[] {
  const { displayName, domains, isLocal, host, port, addresses } = beacon;
  const place = addresses[0] ?? host;
  const isSsh = !isLocal;
  const fields: [string, string | false | undefined][] = [
    ['lan', beacon.lanHost],
    ['tailnet', beacon.tailnetDns],
    ['host', host],
    ['ws', beacon.wsUrl],
    ['role', beacon.role],
    ['transport', beacon.transport],
    ['tls', beacon.gatewayTls && say('tlsHint', { url: beacon.wsUrl.replace(/^ws:/, 'wss:') })],
    ['sha256', beacon.gatewayTls && beacon.gatewayTlsFingerprintSha256],
    [
      'ssh',
      isSsh ? `ssh -N -L 18789:127.0.0.1:${port} <user>@${place} -p ${beacon.sshPort ?? 22}` : undefined,
    ],
  ];
  return [
    `- ${displayName} ${domains.join(' ')}${isLocal ? ` (${say('thisMachine')})` : ''}`,
    ...fields.flatMap(([label, value]) => (value ? [`  ${label}: ${value}`] : [])),
  ];
}

/** The problem and, below it, what to do; a command of the fix stands on a line of its own. */
export function problemLines(invocation: Asked, problem: DiscoveryProblem): string[] {
  const { message, fix } = problemTexts(invocation, problem);
  const [first = '', ...rest] = message.split('\n');
  const [todo = '', ...commands] = fix.split('\n');
  const label = discoveryMessages.in(invocation.language)('fix');
  return [`- ${first}`, ...rest.map(indent), indent(label + todo), ...commands.map((line) => `    ${line}`)];
}

const indent = (line: string): string => `  ${line}`;

const problemTexts = ({ language, ...asked }: Asked, problem: DiscoveryProblem) =>
  discoveryProblemText(problem, { language, command: commandName(asked) });

const problemDocument =
  (invocation: Asked) =>
  (problem: DiscoveryProblem): Record<string, unknown> => {
    const { message, fix } = problemTexts({ ...invocation, language: 'en' }, problem);
    return { ...problem, who: FIXED_BY[problem.code], message, fix };
  };

import { displayPath } from '../../core/config/paths.ts';
import { showArguments } from '../../core/host/command-line.ts';
import { listenerLine } from '../../core/host/port-holder.ts';
import { escapeControl } from '../../core/logs/console-log.ts';
import { inLanguage } from '../../core/messages/in-language.ts';
import type { Language } from '../../core/messages/language.ts';
import { statusMessages } from '../../core/messages/status-messages.ts';
import { tlsMessages } from '../../core/messages/tls-messages.ts';
import type { NetworkLook } from '../../core/verdict/network-look.ts';
import type { Invocation } from '../invocation.ts';
import { displayWidth, wrapWidth } from '../text-width.ts';
import { capabilityOf } from './capability.ts';
import { labelOf, type StatusFacts } from './status-report.ts';
import { verdictLines, waterfallLines } from './verdict-text.ts';

type Told = Pick<Invocation, 'language' | 'output' | 'cli'>;
type Say = ReturnType<typeof statusMessages.in>;
type Row = readonly [label: string, value: string];

/** `gateway status` for people: facts first, the verdict last, where the eye ends. */
export function statusLines(facts: StatusFacts, told: Told, isVerbose: boolean): string[] {
  const say = statusMessages.in(told.language);
  const { network, verdict, fix } = facts.inspection;
  const rows = [
    ...serviceRows(facts, say, told.language),
    [say('config'), configText(facts, say)] as const,
    [say('logs'), displayPath(facts.logFile, facts.home)] as const,
    gatewayRow(facts, say),
    ...(facts.url === undefined ? [] : [[say('target'), facts.url] as const]),
    ...tlsRows(facts, told.language, told.cli.clock.now()),
    ...listeningRows(facts, say),
    ...probeRows(network, facts, say),
    ...extraRows(facts, say),
  ];
  const timing = isVerbose ? ['', say('timing'), ...waterfallLines(verdict.evidence, told.language)] : [];
  return [...labelled(rows, told.output.width), ...timing, '', ...verdictLines(verdict, fix, told)];
}

/** Values below each other, each within the width of the terminal. */
function labelled(rows: readonly Row[], width: number): string[] {
  const indent = Math.max(...rows.map(([label]) => displayWidth(label))) + 2;
  return rows.flatMap(([label, value]) => {
    const [first = '', ...rest] = wrapWidth(escapeControl(value), width - indent);
    const space = ' '.repeat(indent - displayWidth(label) - 1);
    return [`${label}:${space}${first}`, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
  });
}

function serviceRows({ service, home }: StatusFacts, say: Say, language: Language): Row[] {
  if (!service) return [[say('service'), say('noService')]];
  const { name, state, isEnabled, pid, detail, command, file } = service;
  if (state === 'not-installed') return [[say('service'), `${labelOf(service)} (${say('notInstalled')})`]];
  // A manager that does not answer says nothing of that either.
  const isKnown = state !== 'unknown';
  const notes = [
    say(`state.${state}`),
    pid === undefined ? '' : say('pid', { pid }),
    inLanguage(language)(detail ?? ''),
  ].filter((note) => note !== '');
  return [
    [
      say('service'),
      `${labelOf(service)} ${name}${isKnown ? ` (${say(isEnabled ? 'enabled' : 'disabled')})` : ''}`,
    ],
    [say('runtime'), notes.join(language === 'en' ? ', ' : '，')],
    ...(command ? [[say('command'), showArguments(command.argv)] as const] : []),
    ...(file ? [[say('serviceFile'), displayPath(file, home)] as const] : []),
  ];
}

function configText({ configPath, home, config }: StatusFacts, say: Say): string {
  const path = displayPath(configPath, home);
  if (!config.file.exists) return `${path} ${say('missing')}`;
  return config.issues.length > 0 ? `${path} ${say('invalid')}` : path;
}

const gatewayRow = ({ bind, port, portSource }: StatusFacts, say: Say): Row => [
  say('gateway'),
  `bind=${bind.mode} (${bind.host}), port=${port} (${portSource})`,
];

function tlsRows({ tls }: StatusFacts, language: Language, now: number): Row[] {
  if (!tls) return [];
  const say = tlsMessages.in(language);
  const { files, fingerprint, validToMs = 0 } = tls;
  if (fingerprint === undefined) {
    const isMade = files.isOwn && files.autoGenerate;
    const text = isMade ? say('statusNone') : say('statusUnread', { path: files.certPath });
    return [[say('statusLabel'), text]];
  }
  const date = new Date(validToMs).toISOString().slice(0, 10);
  return [
    [say('statusLabel'), fingerprint],
    [say('statusUntil'), validToMs < now ? say('statusExpired', { date }) : date],
  ];
}

/** That nobody does matters only where the gateway of this machine is asked. */
function listeningRows({ inspection, listeners, port }: StatusFacts, say: Say): Row[] {
  if (listeners.length > 0) return [[say('listening'), listeners.map(listenerLine).join('; ')]];
  return inspection.local ? [[say('listening'), say('nobody', { port })]] : [];
}

function probeRows(network: NetworkLook | undefined, { isProbed, url }: StatusFacts, say: Say): Row[] {
  if (url === undefined) return [];
  if (!network) return [[say('probe'), say(isProbed ? 'probeFailed' : 'probeSkipped')]];
  const { hello } = network;
  const probe: Row = [say('probe'), probeText(network, say)];
  if (!hello) return [probe];
  const { version } = hello.server;
  return [
    probe,
    [say('capability'), capabilityOf(network).replaceAll('_', '-')],
    [say('version'), say('versionText', { version, protocol: hello.protocol })],
  ];
}

function probeText({ evidence, latencyMs = 0 }: NetworkLook, say: Say): string {
  const seen = (layer: string) => evidence.find((one) => one.layer === layer);
  if (seen('rpc')?.state === 'ok') return say('probeOk', { ms: latencyMs });
  const scope = seen('scope')?.finding?.values.scope;
  return scope === undefined ? say('probeFailed') : say('probeLimited', { scope });
}

function extraRows({ extra }: StatusFacts, say: Say): Row[] {
  return [
    ...extra.services.map(
      (service): Row => [
        say('extraService'),
        `${labelOf(service)} ${service.name} (${service.scope}, ${say(service.state === 'not-installed' ? 'notInstalled' : `state.${service.state}`)})`,
      ],
    ),
    ...extra.gateways.map((gateway): Row => [say('extraGateway'), listenerLine(gateway)]),
  ];
}

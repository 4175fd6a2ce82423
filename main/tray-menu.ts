import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import { trayMessages } from '../core/messages/tray-messages.ts';
import { wordsFor } from '../core/verdict/words.ts';
import type { Runner } from './adopted-gateway.ts';
import type { Destination, MenuEntry, Prompt, TrayAction, View } from './bridge/contract.ts';
import { type Connection, type ConnectionFacts, connectionOf, type Phase } from './connection-state.ts';
import { destinationLabel } from './destination.ts';
import type { PortHolder } from './port-relief.ts';
import { approvalLines, detailsOf } from './view-details.ts';

export type LanguageChoice = 'system' | Language;

/** A device that asks to be let in. */
export interface PairingRequest {
  requestId: string;
  name: string;
  role: string;
  scopes: readonly string[];
  /** What the device shows too; absent where the gateway makes none. */
  code?: string | undefined;
}

export interface SessionLine {
  key: string;
  title: string;
}

/** All that the menu is made of. Texts in it may come from anybody. */
export interface TrayState extends ConnectionFacts {
  url: string;
  /** The gateway that the app is about. */
  destination: Destination;
  /** Who keeps the gateway of this computer from its port. */
  holder?: PortHolder | undefined;
  /** The gateway at the port of this computer's, if it could be taken over. */
  runner?: Runner | undefined;
  /** What waits for a person. */
  prompts: readonly Prompt[];
  pairing: readonly PairingRequest[];
  sessions: readonly SessionLine[];
  language: Language;
  languageChoice: LanguageChoice;
  runAtLogin: boolean;
  /** Terminals have the command line of this app. */
  isCommandInstalled?: boolean;
  looksForUpdates?: boolean;
  /** What the last action failed with. */
  trouble?: string | undefined;
}

type Say = ReturnType<(typeof trayMessages)['in']>;

const separator: MenuEntry = { kind: 'separator' };
const textOf = (label: string): MenuEntry => ({ kind: 'text', label });
const actionOf = (label: string, action: TrayAction, enabled = true): MenuEntry => ({
  kind: 'action',
  label,
  enabled,
  action,
});

/** What tray and window show of a state. */
export function viewOf(state: TrayState): View {
  const say = trayMessages.in(state.language);
  const connection = connectionOf(state);
  const status = plainText(statusOf(state, connection, say), 300);
  const count = state.pairing.length + state.prompts.length;
  const { command, details } = detailsOf(state, connection, say);
  return {
    tone: connection.tone,
    needsYou: count > 0,
    tooltip: plainText(count > 0 ? say('tooltipNeeds', { status, count }) : say('tooltip', { status }), 120),
    status,
    details,
    ...(command === undefined ? {} : { command }),
    language: state.language,
    entries: entriesOf(state, connection, plainText(status, 80), say),
  };
}

/** Whether the menu offers this very action now: nothing else is carried out, whoever asks. */
export function offers({ entries }: Pick<View, 'entries'>, action: TrayAction): boolean {
  const wanted = JSON.stringify(action);
  return entries.some((entry) => {
    if (entry.kind === 'group') return offers(entry, action);
    if (entry.kind === 'action') return entry.enabled && JSON.stringify(entry.action) === wanted;
    return entry.kind === 'choice' && JSON.stringify(entry.action) === wanted;
  });
}

function statusOf(state: TrayState, { phase }: Connection, say: Say): string {
  const { host, look, language, way } = state;
  if (way && phase !== 'trouble' && phase !== 'restarting') return remoteStatus(state, phase, say);
  if (host.kind === 'crashed' && phase === 'crashed') return say('crashed', { code: host.exitCode });
  if (host.kind === 'refused' && phase === 'refused') return say('refused', { reason: host.reason });
  if (phase === 'trouble' && look?.finding) return wordsFor(look.finding, look.fix, language).problem;
  return say(phase === 'restarting' ? phase : plainPhase(phase));
}

type PlainPhase = 'looking' | 'stopped' | 'starting' | 'running' | 'stopping';
const PLAIN: readonly PlainPhase[] = ['looking', 'starting', 'running', 'stopping'];
const plainPhase = (phase: Phase): PlainPhase => PLAIN.find((one) => one === phase) ?? 'stopped';

function remoteStatus({ destination, way }: TrayState, phase: Phase, say: Say): string {
  const place = destinationLabel(destination);
  if (phase === 'running') return say('runningAt', { place });
  if (phase === 'disconnected') return say('disconnected', { place });
  if (phase === 'approval') return say('approval', { place });
  if (way?.kind === 'reconnecting') return say('reconnecting', { place, attempt: way.attempt });
  return say('connecting', { place });
}

const troubleOf = (reason: string, say: Say): string => say('failed', { reason: plainText(reason, 200) });

function entriesOf(state: TrayState, connection: Connection, status: string, say: Say): MenuEntry[] {
  const { canStart, canStop, canRestart, phase } = connection;
  const isLocal = state.way === undefined;
  return [
    textOf(status),
    ...state.prompts.map((prompt) => actionOf(needOf(prompt, say), { do: 'openWindow' })),
    ...(state.trouble === undefined ? [] : [textOf(troubleOf(state.trouble, say))]),
    ...(phase === 'running' && isLocal ? ownerEntries(state, connection, say) : []),
    ...(phase === 'trouble' ? holderEntries(state, connection, say) : []),
    ...(phase === 'approval' ? approvalLines(state, say).map(textOf) : []),
    separator,
    modeEntry(state, say),
    actionOf(say('connectTo'), { do: 'connectTo' }),
    ...(isLocal ? [] : wayEntries(connection, say)),
    separator,
    actionOf(say('start'), { do: 'start' }, canStart),
    actionOf(say('stop'), { do: 'stop' }, canStop),
    actionOf(say('restart'), { do: 'restart' }, canRestart),
    separator,
    pairingEntry(state.pairing, say),
    sessionsEntry(state.sessions, say),
    separator,
    actionOf(say('openWindow'), { do: 'openWindow' }),
    actionOf(say('copyUrl'), { do: 'copyUrl' }),
    actionOf(say('logs'), { do: 'openWindow', view: 'logs' }),
    actionOf(say('logsFolder'), { do: 'openLogs' }),
    actionOf(say('diagnostics'), { do: 'openWindow', view: 'diagnostics' }),
    separator,
    {
      kind: 'choice',
      type: 'checkbox',
      label: say('runAtLogin'),
      checked: state.runAtLogin,
      action: { do: 'setRunAtLogin', on: !state.runAtLogin },
    },
    state.isCommandInstalled
      ? actionOf(say('removeCommand'), { do: 'removeCommand' })
      : actionOf(say('installCommand'), { do: 'installCommand' }),
    languageEntry(state.languageChoice, say),
    actionOf(say('checkForUpdates'), { do: 'checkForUpdates' }),
    {
      kind: 'choice',
      type: 'checkbox',
      label: say('looksForUpdates'),
      checked: state.looksForUpdates === true,
      action: { do: 'setLooksForUpdates', on: state.looksForUpdates !== true },
    },
    separator,
    actionOf(say('quit'), { do: 'quit' }),
  ];
}

/** What waits, in a line; the window has the question itself. */
const needOf = (prompt: Prompt, say: Say): string => {
  const place = plainText(
    String('place' in prompt ? prompt.place : 'host' in prompt ? prompt.host : prompt.port),
    60,
  );
  return say('needsYou', { what: say(`needs.${prompt.kind}`, { place }) });
};

function modeEntry({ destination }: TrayState, say: Say): MenuEntry {
  const modes = [
    ['local', say('modeLocal')],
    ['ssh', say('modeSsh')],
    ['direct', say('modeDirect')],
  ] as const;
  return {
    kind: 'group',
    label: say('mode'),
    entries: modes.map(([mode, label]) => ({
      kind: 'choice',
      type: 'radio',
      label,
      checked: mode === destination.kind,
      action: { do: 'setMode', mode },
    })),
  };
}

const wayEntries = ({ canConnect, canDisconnect }: Connection, say: Say): MenuEntry[] => [
  ...(canConnect ? [actionOf(say('connectAgain'), { do: 'connect' })] : []),
  actionOf(say('disconnect'), { do: 'disconnect' }, canDisconnect),
];

/** Who has started the gateway, and how to make another one's the app's own. */
function ownerEntries(state: TrayState, { isOwn }: Connection, say: Say): MenuEntry[] {
  const { host } = state;
  if (isOwn) return [textOf(say(host.kind === 'running' && host.isAdopted ? 'adopted' : 'own'))];
  return [textOf(say('attached')), ...adoptEntries(state, say)];
}

const adoptEntries = ({ runner }: TrayState, say: Say): MenuEntry[] =>
  runner ? [actionOf(say('adopt'), { do: 'adopt' })] : [];

/** What can be done about whoever sits at the port; each is confirmed in the window. */
function holderEntries(state: TrayState, { isOwn }: Connection, say: Say): MenuEntry[] {
  const { holder } = state;
  if (!holder) return [];
  const entries: MenuEntry[] = [
    textOf(plainText(holder.line, 100)),
    ...(holder.isGateway ? [actionOf(say('attach'), { do: 'attach' })] : []),
    ...(isOwn ? [] : adoptEntries(state, say)),
    ...(holder.canStop ? [actionOf(say('stopHolder'), { do: 'stopHolder' })] : []),
    actionOf(say('usePort'), { do: 'usePort' }),
  ];
  return [{ kind: 'group', label: say('holder', { port: holder.port }), entries }];
}

function pairingEntry(pairing: readonly PairingRequest[], say: Say): MenuEntry {
  if (pairing.length === 0) return textOf(say('noPairing'));
  return {
    kind: 'group',
    label: say('pairing', { count: pairing.length }),
    entries: pairing.map(({ requestId, name, role, scopes, code }) => ({
      kind: 'group',
      label: say('pairingWho', {
        name: plainText(name, 40),
        scopes: plainText(scopes.join(', ') || `${role}, ${say('noScopes')}`, 120),
      }),
      entries: [
        ...(code === undefined ? [] : [textOf(say('pairingCode', { code: plainText(code, 16) }))]),
        actionOf(say('approve'), { do: 'approve', requestId }),
        actionOf(say('reject'), { do: 'reject', requestId }),
      ],
    })),
  };
}

function sessionsEntry(sessions: readonly SessionLine[], say: Say): MenuEntry {
  if (sessions.length === 0) return textOf(say('noSessions'));
  return {
    kind: 'group',
    label: say('sessions'),
    entries: sessions.map(({ key, title }) => actionOf(plainText(title), { do: 'copySessionKey', key })),
  };
}

/** A language is named in its own words, so that whoever reads only that one finds it. */
function languageEntry(current: LanguageChoice, say: Say): MenuEntry {
  const choices = [
    ['system', say('systemLanguage')],
    ['en', 'English'],
    ['zh-CN', '简体中文'],
  ] as const;
  return {
    kind: 'group',
    label: say('language'),
    entries: choices.map(([language, label]) => ({
      kind: 'choice',
      type: 'radio',
      label,
      checked: language === current,
      action: { do: 'setLanguage', language },
    })),
  };
}

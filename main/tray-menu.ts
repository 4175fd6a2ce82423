import type { Language } from '../core/messages/language.ts';
import { trayMessages } from '../core/messages/tray-messages.ts';
import type { Finding } from '../core/verdict/evidence.ts';
import type { FixContext } from '../core/verdict/findings.ts';
import { wordsFor } from '../core/verdict/words.ts';
import type { MenuEntry, TrayAction, View } from './bridge/contract.ts';
import { type Connection, type ConnectionFacts, connectionOf } from './connection-state.ts';
import { plainText } from './plain-text.ts';

export type LanguageChoice = 'system' | Language;

/** A device that asks to be let in. */
export interface PairingRequest {
  requestId: string;
  name: string;
  role: string;
  scopes: readonly string[];
}

export interface SessionLine {
  key: string;
  title: string;
}

/** All that the menu is made of. Texts in it may come from anybody. */
export interface TrayState extends ConnectionFacts {
  url: string;
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
  const count = state.pairing.length;
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

function statusOf({ host, look, language }: TrayState, { phase }: Connection, say: Say): string {
  if (phase === 'crashed') return say('crashed', { code: host.kind === 'crashed' ? host.exitCode : 0 });
  if (phase === 'refused') return say('refused', { reason: host.kind === 'refused' ? host.reason : '' });
  if (phase !== 'trouble') return say(phase);
  return look?.finding ? wordsFor(look.finding, look.fix, language).problem : say('stopped');
}

/** What the window says below the status and the menu does not. */
function detailsOf(
  { look, url, language }: TrayState,
  { phase }: Connection,
  say: Say,
): { details: string[]; command?: string | undefined } {
  if (phase === 'trouble' && look?.finding) {
    const { fix, command } = wordsFor(look.finding, look.fix, language);
    return { details: [say('fix', { text: plainText(fix, 300) })], command };
  }
  if (phase !== 'running' || !look) return { details: [] };
  const warnings = look.warnings.map((finding) => warningOf(finding, look.fix, language, say));
  return { details: [say('address', { url }), ...warnings] };
}

const troubleOf = (reason: string, say: Say): string => say('failed', { reason: plainText(reason, 200) });

const warningOf = (finding: Finding, fix: FixContext, language: Language, say: Say): string =>
  say('warning', { text: plainText(wordsFor(finding, fix, language).problem, 300) });

function entriesOf(state: TrayState, connection: Connection, status: string, say: Say): MenuEntry[] {
  const { canStart, canStop, canRestart, phase, isOwn } = connection;
  return [
    textOf(status),
    ...(state.trouble === undefined ? [] : [textOf(troubleOf(state.trouble, say))]),
    textOf(say('mode')),
    ...(phase === 'running' ? [textOf(say(isOwn ? 'own' : 'attached'))] : []),
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
    actionOf(say('logs'), { do: 'openLogs' }),
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

function pairingEntry(pairing: readonly PairingRequest[], say: Say): MenuEntry {
  if (pairing.length === 0) return textOf(say('noPairing'));
  return {
    kind: 'group',
    label: say('pairing', { count: pairing.length }),
    entries: pairing.map(({ requestId, name, role, scopes }) => ({
      kind: 'group',
      label: say('pairingWho', {
        name: plainText(name, 40),
        scopes: plainText(scopes.join(', ') || `${role}, ${say('noScopes')}`, 120),
      }),
      entries: [
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

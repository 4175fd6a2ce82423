import { askedPairing } from '../core/client/asked-pairing.ts';
import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import type { trayMessages } from '../core/messages/tray-messages.ts';
import type { Finding } from '../core/verdict/evidence.ts';
import type { FixContext } from '../core/verdict/findings.ts';
import { wordsFor } from '../core/verdict/words.ts';
import type { Connection } from './connection-state.ts';
import type { TrayState } from './tray-menu.ts';

type Say = ReturnType<(typeof trayMessages)['in']>;

interface Details {
  details: string[];
  /** To be pasted. */
  command?: string | undefined;
}

/** What the window says below the status and the menu does not. */
export function detailsOf(state: TrayState, { phase }: Connection, say: Say): Details {
  const { look, url, language, destination } = state;
  if (phase === 'approval' && look?.finding) {
    const { command } = fixOf(look.finding, look.fix, language);
    return { details: [say('approvalHow'), ...approvalLines(state, say)], command };
  }
  if (phase === 'trouble' && look?.finding) {
    if (ASKED_HERE.includes(look.finding.code)) return { details: [say('fix', { text: say('fixAsk') })] };
    const { words, command } = fixOf(look.finding, look.fix, language);
    return { details: [say('fix', { text: plainText(words, 300) })], command };
  }
  if (phase !== 'running' || !look) return { details: [] };
  const warnings = look.warnings.map((finding) => warningOf(finding, look.fix, language, say));
  const address = destination.kind === 'ssh' ? say('through', { url }) : say('address', { url });
  return { details: [address, ...warnings] };
}

/** What whoever approves this device sees as well. */
export function approvalLines({ look }: Pick<TrayState, 'look'>, say: Say): string[] {
  const { requestId, code } = askedPairing(look?.finding?.values ?? {});
  return [
    ...(code === undefined ? [] : [say('approvalCode', { code })]),
    ...(requestId === undefined ? [] : [say('approvalRequest', { requestId })]),
  ];
}

/** What a person has been asked and can be asked again: no command line is needed for that. */
const ASKED_HERE: readonly Finding['code'][] = [
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'GATEWAY_UNKNOWN',
  'GATEWAY_UNPROVEN',
  'GATEWAY_CHANGED',
  'SSH_PASSPHRASE_NEEDED',
  'SSH_PASSPHRASE_WRONG',
  'LOCAL_PORT_TAKEN',
];

/** Lines that begin with two blanks are commands; they are shown apart, for pasting. */
function fixOf(finding: Finding, context: FixContext, language: Language) {
  const { fix, command } = wordsFor(finding, context, language);
  const lines = fix.split('\n');
  const isCommand = (line: string): boolean => line.startsWith('  ');
  const commands = lines.filter(isCommand).map((line) => plainText(line, 300));
  const words = lines.filter((line) => !isCommand(line)).join(' ');
  return { words, command: command ?? (commands.join('\n') || undefined) };
}

const warningOf = (finding: Finding, fix: FixContext, language: Language, say: Say): string =>
  say('warning', { text: plainText(wordsFor(finding, fix, language).problem, 300) });

import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import { trayMessages } from '../core/messages/tray-messages.ts';
import type { Finding } from '../core/verdict/evidence.ts';
import type { FixContext } from '../core/verdict/findings.ts';
import { wordsFor } from '../core/verdict/words.ts';

type Code = Finding['code'];

/** What a person has been asked and can be asked again: no command line is needed for that. */
const ASKED_HERE: readonly Code[] = [
  'HOST_KEY_UNKNOWN',
  'HOST_KEY_CHANGED',
  'GATEWAY_UNKNOWN',
  'GATEWAY_UNPROVEN',
  'GATEWAY_CHANGED',
  'SSH_PASSPHRASE_NEEDED',
  'SSH_PASSPHRASE_WRONG',
  'LOCAL_PORT_TAKEN',
];

/** Of the gateway of this computer these are in its configuration; of one elsewhere they are asked. */
const ASKED_ELSEWHERE: readonly Code[] = [
  'CREDENTIALS_MISSING',
  'TOKEN_MISMATCH',
  'PASSWORD_MISMATCH',
  'TLS_UNTRUSTED',
  'TLS_PIN_MISMATCH',
];

interface Fix {
  /** One line. */
  words: string;
  /** To be pasted. */
  command?: string | undefined;
}

/** What mends a finding for whoever has this app: flags of the command line help nobody there. */
export function fixOf(finding: Finding, context: FixContext, language: Language): Fix {
  const { code } = finding;
  const say = trayMessages.in(language);
  const isAsked = ASKED_HERE.includes(code) || (!context.isLocal && ASKED_ELSEWHERE.includes(code));
  if (isAsked) return { words: say('fixAsk') };
  const { fix, command } = wordsFor(finding, context, language);
  const lines = fix.split('\n');
  // Lines that begin with two blanks are commands; they are shown apart, for pasting.
  const isCommand = (line: string): boolean => line.startsWith('  ');
  const commands = lines.filter(isCommand).map((line) => plainText(line, 300));
  const words =
    code === 'REMOTE_PORT_CLOSED' ? say('fixFarPort') : lines.filter((line) => !isCommand(line)).join(' ');
  return { words, command: command ?? (commands.join('\n') || undefined) };
}

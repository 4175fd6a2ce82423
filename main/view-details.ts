import { askedPairing } from '../core/client/asked-pairing.ts';
import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import type { trayMessages } from '../core/messages/tray-messages.ts';
import type { Finding } from '../core/verdict/evidence.ts';
import type { FixContext } from '../core/verdict/findings.ts';
import { wordsFor } from '../core/verdict/words.ts';
import type { Connection } from './connection-state.ts';
import { fixOf } from './finding-fix.ts';
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

const warningOf = (finding: Finding, fix: FixContext, language: Language, say: Say): string =>
  say('warning', { text: plainText(wordsFor(finding, fix, language).problem, 300) });

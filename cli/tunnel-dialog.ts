import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { sshMessages } from '../core/messages/ssh-messages.ts';
import { keyCommand } from '../core/remote/problem-text.ts';
import type { TunnelQuestion } from '../core/remote/tunnel.ts';
import type { PassphraseQuestion } from '../core/ssh/key-vault.ts';
import type { TunnelFlags } from './commands/tunnel.ts';
import { forgetTyped } from './conversation/terminal-approver.ts';
import type { Invocation } from './invocation.ts';
import { safeText } from './output.ts';
import { wrapLines } from './text-width.ts';

/** Who vouches for a host or a gateway, and who knows passphrases: flags, else a person at a terminal, else nobody. */
export interface TunnelDialog {
  consent(question: TunnelQuestion): Promise<boolean>;
  /** Undefined where nobody can be asked. */
  askPassphrase(question: PassphraseQuestion): Promise<string | undefined>;
}

/** `interrupted` is called when Ctrl-C is pressed while a question is open. */
export function tunnelDialog(invocation: Invocation<TunnelFlags>, interrupted: () => void): TunnelDialog {
  const { cli, options, output } = invocation;
  const say = sshMessages.in(invocation.language);
  const mayAsk = cli.stdin.isTTY === true && cli.stderr.isTTY === true && !output.json;
  return {
    async consent(question) {
      if (isGivenByFlag(question, options)) return true;
      const isStop = question.about !== 'host-key' && question.pinned !== undefined;
      if (!mayAsk || isStop) return false;
      for (const line of wrapLines(safeText(explanation(question, invocation)), output.width))
        output.note(line);
      const words = say(`${KEYS[question.about]}.question`);
      const answer = await askOn(invocation, words, { isHidden: false, interrupted });
      return /^(y|yes|是)$/i.test(answer?.trim() ?? '');
    },
    async askPassphrase({ path, attempt }) {
      if (!mayAsk) return undefined;
      const words = say(attempt === 1 ? 'ask.passphrase' : 'ask.passphrase.again', { path });
      return askOn(invocation, safeText(words), { isHidden: true, interrupted });
    },
  };
}

const KEYS = {
  'host-key': 'ask.host-key',
  gateway: 'ask.gateway',
  'unproven-gateway': 'ask.unproven',
} as const;

function isGivenByFlag(question: TunnelQuestion, flags: TunnelFlags): boolean {
  if (question.about === 'host-key') return flags.acceptHostKey?.includes(question.fingerprint) ?? false;
  return question.about === 'gateway' ? flags.acceptGateway === question.gatewayId : flags.trustHost === true;
}

function explanation(question: TunnelQuestion, { language }: Invocation<TunnelFlags>): string {
  const say = sshMessages.in(language);
  if (question.about === 'unproven-gateway') return say('ask.unproven', question);
  if (question.about === 'gateway') return `${say('ask.gateway', question)}\n${say('ask.gateway.how')}`;
  const { host, port, type, fingerprint, randomart, authorities } = question;
  return [
    say('ask.host-key', { host, port }),
    `  ${type}`,
    `  ${fingerprint}`,
    ...randomart.map((line) => `  ${line}`),
    ...authorities.map(({ file, line }) => say('ask.host-key.authority', { file, line })),
    say('ask.host-key.how'),
    `  ${keyCommand(type)}`,
  ].join('\n');
}

/** One line from the terminal; undefined when the person would rather end it. Hidden: nothing of it is shown. */
async function askOn(
  { cli, output }: Invocation<TunnelFlags>,
  words: string,
  { isHidden, interrupted }: { isHidden: boolean; interrupted: () => void },
): Promise<string | undefined> {
  await forgetTyped(cli);
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({
    input: cli.stdin,
    output: isHidden ? nowhere : cli.stderr,
    terminal: true,
    historySize: 0,
  });
  return new Promise((resolve) => {
    let answer: string | undefined;
    lines.once('SIGINT', () => {
      lines.close();
      interrupted();
    });
    lines.once('close', () => {
      if (isHidden || answer === undefined) output.note('');
      resolve(answer);
    });
    if (isHidden) cli.stderr.write(words);
    lines.question(isHidden ? '' : words, (text) => {
      answer = text;
      lines.close();
    });
  });
}

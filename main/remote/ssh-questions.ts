import { shellWord } from '../../core/lib/shell-word.ts';
import { keyCommand } from '../../core/remote/problem-text.ts';
import type { TunnelProblem } from '../../core/remote/remote-problem.ts';
import type { TunnelOptions, TunnelQuestion } from '../../core/remote/tunnel.ts';
import { keyKind } from '../../core/ssh/fingerprint.ts';
import type { AskPassphrase } from '../../core/ssh/key-vault.ts';
import { knownName } from '../../core/ssh/known-hosts.ts';
import type { HostKeyQuestion } from '../../core/ssh/ssh-problem.ts';
import type { PromptDesk, Question } from '../prompt-desk.ts';
import type { SecretVault } from '../secret-vault.ts';

interface Asking {
  /** The destination, for people. */
  place: string;
  prompts: PromptDesk;
  vault: SecretVault;
  /** Aborts when nobody wants to go there any more. */
  signal: AbortSignal;
}

type Questions = Required<Pick<TunnelOptions, 'consent' | 'askPassphrase'>>;

/** What has to be confirmed on the way to a gateway, as questions to a person. */
export function sshQuestions(asking: Asking): Questions {
  const { prompts, signal, place } = asking;
  return {
    async consent(question) {
      // Another gateway than before is no question: the tunnel is not opened, and that is told.
      if (question.about !== 'host-key' && question.pinned !== undefined) return false;
      return (await prompts.ask(questionOf(question, place), signal)).do === 'accept';
    },
    askPassphrase: passphraseAsker(asking),
  };
}

function questionOf(question: TunnelQuestion, place: string): Question {
  if (question.about === 'gateway')
    return { kind: 'gateway', place, gatewayId: question.gatewayId, commands: [IDENTITY_COMMAND] };
  if (question.about === 'unproven-gateway')
    return { kind: 'unproven-gateway', place, reason: question.reason };
  const { host, port, type, fingerprint, randomart, authorities } = question;
  return {
    kind: 'host-key',
    host,
    port,
    type,
    fingerprint,
    randomart,
    commands: [keyCommand(type)],
    scan: scanCommand(question),
    authorities: authorities.map(({ file, line }) => `${file}:${line}`),
  };
}

/** Prints the id of the gateway, on its host. */
export const IDENTITY_COMMAND = 'openclaw gateway call gateway.identity.get';

/** Prints the same fingerprint from any machine that reaches the host another way. */
function scanCommand({ host, port, type }: Pick<HostKeyQuestion, 'host' | 'port' | 'type'>): string {
  const kind = keyKind(type).toLowerCase();
  const at = port === 22 ? '' : ` -p ${port}`;
  return `ssh-keyscan -t ${shellWord(kind)}${at} ${shellWord(host)} | ssh-keygen -lf -`;
}

/** What is remembered is tried first; when it does not fit any more, it is forgotten and a person is asked. */
function passphraseAsker(asking: Asking): AskPassphrase {
  const { vault } = asking;
  let tried = 0;
  return async ({ path, attempt }) => {
    const key = `passphrase ${path}`;
    if (attempt === 1) {
      const remembered = await vault.read(key);
      tried = remembered === undefined ? 0 : 1;
      if (remembered !== undefined) return remembered;
    } else if (tried > 0) await vault.forget(key);
    return askPerson(asking, { path, attempt: attempt - tried, key });
  };
}

async function askPerson(
  { place, prompts, vault, signal }: Asking,
  { path, attempt, key }: { path: string; attempt: number; key: string },
): Promise<string | undefined> {
  const { keeping } = vault;
  const answer = await prompts.ask({ kind: 'passphrase', place, path, attempt, keeping }, signal);
  if (answer.do !== 'secret') return undefined;
  if (answer.remember) await vault.write(key, answer.secret);
  return answer.secret;
}

type Stop = Extract<Question, { kind: 'changed' }>;

/** What a person is shown when somebody else answers than before; undefined for every other problem. */
export function stopOf(problem: TunnelProblem, place: string, ownKnownHosts: string): Stop | undefined {
  if ('hostKey' in problem && problem.hostKey && problem.code !== 'HOST_KEY_UNKNOWN')
    return keyStop(problem.hostKey, problem.code === 'HOST_KEY_REVOKED', place, ownKnownHosts);
  if (problem.code !== 'GATEWAY_CHANGED') return undefined;
  const { remote, pinned, gatewayId } = problem.values;
  return {
    kind: 'changed',
    what: 'gateway',
    place,
    old: [{ value: String(pinned) }],
    now: { value: String(gatewayId) },
    commands: [IDENTITY_COMMAND],
    removal: [],
    confirmWord: String(remote).split('/')[0] ?? place,
  };
}

/** Lines in files of others are theirs to remove; a revoked key stays revoked. */
function keyStop(key: HostKeyQuestion, isRevoked: boolean, place: string, ownFile: string): Stop {
  const { host, known, type, fingerprint } = key;
  const foreign = [...new Set(known.map(({ file }) => file).filter((file) => file !== ownFile))];
  const old = known.map((one) => ({
    type: one.type,
    value: one.fingerprint,
    place: `${one.file}:${one.line}`,
  }));
  const now = { type, value: fingerprint };
  const commands = [keyCommand(type)];
  const stop = { kind: 'changed' as const, place, old, now, commands };
  if (isRevoked) return { ...stop, what: 'revoked-key', removal: [] };
  const name = shellWord(knownName(host, key.port));
  const removal = foreign.map((file) => `ssh-keygen -R ${name} -f ${shellWord(file)}`);
  return { ...stop, what: 'host-key', removal, ...(foreign.length > 0 ? {} : { confirmWord: host }) };
}

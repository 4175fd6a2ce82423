import { shellWord } from '../lib/shell-word.ts';
import { escapeControl } from '../logs/console-log.ts';
import type { Language } from '../messages/language.ts';
import { sshMessages } from '../messages/ssh-messages.ts';
import { knownName } from '../ssh/known-hosts.ts';
import type { HostKeyQuestion, SshNote } from '../ssh/ssh-problem.ts';
import { parseSshTarget, targetText } from '../ssh/ssh-target.ts';
import type { TunnelProblem } from './remote-problem.ts';

export interface ProblemText {
  /** What is wrong; several lines. */
  problem: string;
  /** What to do; the lines that begin with two blanks are commands. */
  fix: string;
}

/** What was asked for, so that the fix repeats it. */
export interface AskedWith {
  /** What commands begin with: `openclaw`, or with a profile. */
  openclaw: string;
  /** As it was given. */
  target: string;
  /** The command that was run, without its flags for consent: `openclaw tunnel ann@box`. */
  again: string;
  /** The same without `--local-port`. */
  anyPort?: string | undefined;
}

type Values = Record<string, string | number>;

/** A problem in words of the language, with one fix. Text of others in it is harmless for a terminal. */
export function problemText(problem: TunnelProblem, language: Language, asked: AskedWith): ProblemText {
  const say = sayIn(language);
  const values = valuesOf(problem, say, asked);
  const known = 'hostKey' in problem && problem.hostKey?.known.length ? comparison(problem.hostKey, say) : [];
  return {
    problem: [say(problem.code, values), ...known].join('\n'),
    fix: say(`${problem.code}_FIX`, quoted(values)),
  };
}

export const noteText = ({ note, values }: SshNote, language: Language): string =>
  sayIn(language)(`note.${note}`, harmless(values));

/** Prints the fingerprint of the key that this host shows, on that host. */
export function keyCommand(type: string): string {
  const kind = /ed25519|ecdsa|rsa/.exec(type)?.[0] ?? '*';
  return `ssh-keygen -lf /etc/ssh/ssh_host_${kind}_key.pub`;
}

type Say = (key: string, values: Values) => string;

function sayIn(language: Language): Say {
  const say = sshMessages.in(language);
  return (key, values) => say(key as 'fix', values as Record<'fix', string>);
}

const harmless = (values: Readonly<Values>): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      typeof value === 'string' ? escapeControl(value) : value,
    ]),
  );

function valuesOf(problem: TunnelProblem, say: Say, { openclaw, target, again, anyPort }: AskedWith): Values {
  const values = harmless(problem.values);
  const hostKey = 'hostKey' in problem ? problem.hostKey : undefined;
  const gatewayId = String(values.gatewayId ?? '-');
  return {
    target,
    ...values,
    openclaw,
    again,
    anyPort: anyPort ?? again,
    usualPort: again.replace(shellWord(target), () => shellWord(atUsualPort(target))),
    why: values.fault === undefined ? '' : say(`fault.${values.fault}`, {}),
    keyCommand: keyCommand(String(values.type ?? '')),
    acceptance: gatewayId === '-' ? `${again} --trust-host` : `${again} --accept-gateway ${gatewayId}`,
    copyKey: copyKey(problem.values),
    sshdLine: sshdLine(String(values.reason ?? '')),
    removal: hostKey ? removal(hostKey) : '',
  };
}

/** By its alias, so that what `~/.ssh/config` says of the way there holds; a file is named, as others may lie beside it. */
function copyKey({ port = 22, user = '', alias = '', file }: Readonly<Partial<Values>>): string {
  const key = file === undefined ? '' : `-i ${shellWord(escapeControl(String(file)))} `;
  return `ssh-copy-id ${key}-p ${port} ${shellWord(escapeControl(`${user}@${alias}`))}`;
}

const SSHD_LINES = [
  [/host key/i, 'HostKeyAlgorithms +ssh-ed25519'],
  [/cipher/i, 'Ciphers +aes256-gcm@openssh.com'],
  [/MAC/, 'MACs +hmac-sha2-256'],
  [/./, 'KexAlgorithms +curve25519-sha256'],
] as const;

/** What makes a host of today take what the library calls missing. */
const sshdLine = (reason: string): string => SSHD_LINES.find(([missing]) => missing.test(reason))?.[1] ?? '';

/** As it was asked for, so that what `~/.ssh/config` says of it holds; an IPv6 address stays in its brackets. */
function atUsualPort(text: string): string {
  const parsed = parseSshTarget(text);
  return parsed.ok ? targetText({ ...parsed.target, port: 22 }) : text;
}

/** Old and new, one below the other. */
const comparison = (key: HostKeyQuestion, say: Say): string[] => [
  ...key.known.map((record) => say('known.old', harmless({ ...record }))),
  say('known.new', harmless({ type: key.type, fingerprint: key.fingerprint })),
];

const removal = ({ host, port, known }: HostKeyQuestion): string =>
  [...new Set(known.map(({ file }) => file))]
    .map((file) => `ssh-keygen -R ${shellWord(knownName(host, port))} -f ${shellWord(file)}`)
    .join('\n  ');

const PASTED = ['path', 'file', 'host', 'user', 'alias'];

/** Paths stand in commands as one word of a shell. */
const quoted = (values: Values): Values =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      PASTED.includes(name) ? shellWord(String(value)) : value,
    ]),
  );

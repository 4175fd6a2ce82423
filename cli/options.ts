import { type Command, Option } from 'commander';
import { LANGUAGES, type Language, languageOf } from '../core/messages/language.ts';
import { RpcError } from '../core/protocol/errors.ts';

/** What the commands share that ask a gateway; source: CLI page, shared query options. */
export interface QueryOptions {
  url?: string;
  token?: string;
  password?: string;
  port?: number;
  /** As it was typed. */
  tlsFingerprint?: string;
  /** Milliseconds for the whole command. */
  timeout?: number;
  json?: boolean;
  expectFinal?: boolean;
}

export const GLOBAL_GROUP = 'Global options:';

const refuse = (message: string): never => {
  throw new RpcError('BAD_ARGUMENT', message);
};

/** A whole number in decimal digits; NaN for anything else, so that `1e3` and `0x10` are no numbers. */
const digits = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);

/** For the flag `name`. */
export const parsePortOf =
  (name: string) =>
  (text: string): number => {
    const port = digits(text);
    if (port >= 1 && port <= 65_535) return port;
    return refuse(`Invalid ${name}. Use a port number from 1 to 65535, for example 18789.`);
  };
export const parsePort = parsePortOf('--port');

/** More than some timers can hold would end at once. */
const DAY_MS = 86_400_000;

export function parseTimeout(text: string): number {
  const ms = digits(text);
  if (ms >= 1 && ms <= DAY_MS) return ms;
  return refuse('Invalid --timeout. Use a number of milliseconds from 1 to 86400000, for example 10000.');
}

/** For the flag `name`: how many, from 1 to `most`. */
export const parseCount =
  (name: string, most: number) =>
  (text: string): number => {
    const number = digits(text);
    return number >= 1 && number <= most
      ? number
      : refuse(`Invalid ${name}. Use a number from 1 to ${most}.`);
  };

export function parseSeconds(text: string): number {
  const seconds = digits(text);
  if (seconds >= 0 && seconds <= 86_400) return seconds;
  return refuse('Invalid --timeout. Use a number of seconds up to 86400, for example 120; 0 means no limit.');
}

export function parseLimit(text: string): number {
  const lines = digits(text);
  if (lines >= 1 && lines <= 5000) return lines;
  return refuse('Invalid --limit. Use a number of lines from 1 to 5000.');
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `10m`, `2h`, `1d`, `500ms` in milliseconds; a bare number is milliseconds. */
export function parseDuration(text: string): number {
  const [, amount = '', unit = 'ms'] = /^(\d{1,12})(ms|s|m|h|d)?$/.exec(text) ?? [];
  const ms = digits(amount) * (UNIT_MS[unit] ?? Number.NaN);
  return Number.isSafeInteger(ms)
    ? ms
    : refuse('Invalid --since. Use a duration such as 30s, 10m, 2h, or 1d.');
}

/** Tags and locales that mean one of our languages are taken for it. */
const parseLanguage = (text: string): Language =>
  languageOf(text) ?? refuse(`Invalid --lang. Use ${listed(LANGUAGES)}.`);

/** `a`, `b` → `"a" or "b"`; three and more with a comma before `or`. */
export function listed(values: readonly string[]): string {
  const quoted = values.map((value) => `"${value}"`);
  if (quoted.length < 3) return quoted.join(' or ');
  return `${quoted.slice(0, -1).join(', ')}, or ${quoted.at(-1)}`;
}

/** An option that takes one of a few words; help and completion list them. */
export function choice(flags: string, description: string, values: readonly string[]): Option {
  const option = new Option(flags, description).choices(values);
  return option.argParser((text: string) =>
    values.includes(text) ? text : refuse(`Invalid ${option.long}. Use ${listed(values)}.`),
  );
}

/**
 * Flags that work with every command, before and after its name; the last ones in each help text. Where a
 * command has a `--dev` of its own, that one counts.
 */
export function addGlobalOptions(command: Command): void {
  const known = new Set(command.options.map((option) => option.long));
  for (const option of globalOptions()) {
    if (!known.has(option.long)) command.addOption(option.helpGroup(GLOBAL_GROUP));
  }
  for (const child of command.commands) addGlobalOptions(child);
}

const globalOptions = (): Option[] => [
  new Option('--profile <name>', 'Use the state directory ~/.openclaw-<name>'),
  new Option('--dev', 'Use the profile dev (~/.openclaw-dev, port 19001)'),
  new Option('--lang <tag>', 'Speak this language (otherwise that of LC_ALL or LANG)')
    .choices(LANGUAGES)
    .argParser(parseLanguage),
  new Option('--no-color', 'Do not use colours (as does NO_COLOR=1)'),
];

const queryOptions = (): Option[] => [
  new Option(
    '--url <url>',
    'Gateway WebSocket URL; needs --token or --password, nothing is taken from config',
  ),
  new Option('--token <token>', 'Gateway token (process listings show it; prefer OPENCLAW_GATEWAY_TOKEN)'),
  new Option('--password <password>', 'Gateway password (process listings show it)'),
  new Option('--port <port>', 'Port of the gateway on this machine').argParser(parsePort),
  new Option(
    '--tls-fingerprint <sha256>',
    'Trust the certificate with this SHA-256 fingerprint, and no other',
  ),
  new Option('--timeout <ms>', 'Time for the whole command in ms').default(10_000).argParser(parseTimeout),
  new Option('--json', 'Print JSON, and nothing but JSON'),
];

const expectFinalOption = (): Option =>
  new Option('--expect-final', 'Wait for the final response (agent runs)');

/** The query options without `--timeout`, for commands that take longer or mean another time by it. */
export function addTargetOptions(command: Command, { json = true } = {}): Command {
  const left = json ? ['--timeout'] : ['--timeout', '--json'];
  for (const option of queryOptions()) if (!left.includes(option.long ?? '')) command.addOption(option);
  return command;
}

export function addQueryOptions(command: Command, options: { expectFinal?: boolean } = {}): Command {
  for (const option of queryOptions()) command.addOption(option);
  return options.expectFinal ? command.addOption(expectFinalOption()) : command;
}

/** The query options a parent must know, so that they may also stand before the name of its subcommand. */
export function acceptQueryOptions(command: Command): Command {
  const known = new Set(command.options.map((option) => option.long));
  for (const option of [...queryOptions(), expectFinalOption()]) {
    if (!known.has(option.long)) command.addOption(option.hideHelp());
  }
  return command;
}

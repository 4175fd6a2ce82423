import { commandName } from '../config/command-name.ts';
import type { ConfigObject } from '../config/config-path.ts';
import type { StatePaths } from '../config/paths.ts';
import {
  type GatewayFlags,
  type GatewaySettings,
  resolveGatewaySettings,
  type SecretLookup,
} from '../config/settings.ts';
import { asText, valueAt } from '../lib/json.ts';
import type { Language } from '../messages/language.ts';
import { type StartReason, startWords } from '../messages/start-messages.ts';
import { RpcError } from '../protocol/errors.ts';
import { tlsFilesOf } from '../tls/tls-files.ts';
import { type BindPlan, bindPlan } from './bind-addresses.ts';
import { checkTls } from './gateway-tls.ts';

/** One reason why a gateway would refuse to start. */
export interface StartProblem {
  /** Dotted path of the key it is about; '' when it is no key. */
  path: string;
  message: string;
  /** What helps: a command to paste, or a sentence. */
  fix?: string;
  /** The same, to be said in any language. */
  told?: StartReason;
}

export interface StartSubject {
  /** With includes and variables resolved; defaults do not matter. */
  config: ConfigObject;
  exists: boolean;
  /** `ConfigFile.env`, so that `.env` and the `env` block count. */
  env: NodeJS.ProcessEnv;
  secrets: SecretLookup;
  paths: StatePaths;
  flags?: GatewayFlags;
  /** English when absent. */
  language?: Language;
}

/**
 * Everything that would refuse a start with this configuration, in the order in which a start looks; empty when it
 * would go on to take its port. Opens nothing. A file with `gateway.mode` remote has a problem as well, at that path.
 */
export function startProblems(subject: StartSubject): StartProblem[] {
  const { config, env, flags = {}, paths, secrets, language = 'en' } = subject;
  const problems: StartProblem[] = [];
  const check = <T>(run: () => T): T | undefined => {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      problems.push(problemOf(error));
      return undefined;
    }
  };
  if (paths.profile !== 'dev') check(() => checkMode(subject, language));
  check(() => checkTls(tlsFilesOf(config, paths), language));
  const settings = check(() => resolveGatewaySettings({ flags, env, config, secrets }));
  const bind = settings && check(() => bindPlan(settings.bind.value, settings.customBindHost));
  if (settings && bind) check(() => checkAuth(settings, bind, config, language));
  if (settings) check(() => checkTailscale(settings, language));
  return problems;
}

/** The first line of a message says what is wrong, the second what to do about it. */
function problemOf({ message, details }: RpcError): StartProblem {
  const [what = '', next] = message.split('\n');
  const fix = next?.replace(/^(Fix: |修复：)/, '');
  const told = details?.told as StartReason | undefined;
  return {
    path: asText(details?.path) ?? '',
    message: what,
    ...(fix === undefined ? {} : { fix }),
    ...(told && { told }),
  };
}

function blocked(path: string, told: StartReason, language: Language): RpcError {
  const { message, fix } = startWords(told, language);
  return new RpcError('START_BLOCKED', `${message}\n${fix}`, { path, told });
}

/** Refuses to start a gateway that nobody asked for here. Source: command line, run. */
export function checkMode(
  { config, env, exists, paths }: Omit<StartSubject, 'secrets' | 'flags'>,
  language: Language,
): void {
  const mode = asText(valueAt(config, 'gateway.mode'));
  if (mode === 'local') return;
  const fix = `${commandName(paths, env)} config set gateway.mode local`;
  const told = { key: exists ? 'MODE_NOT_LOCAL' : 'CONFIG_ABSENT', values: { fix, mode: mode ?? 'unset' } };
  const { message } = startWords(told, language);
  if (!exists) throw new RpcError('START_BLOCKED', message, { path: '', told });
  const lines = [message, `Fix: ${fix}`, `Config: ${paths.configPath}`];
  throw new RpcError('START_BLOCKED', lines.join('\n'), { path: 'gateway.mode', told });
}

/** Refuses a gateway that strangers could use, and one that nobody could. */
export function checkAuth(
  settings: GatewaySettings,
  bind: BindPlan,
  config: unknown,
  language: Language,
): void {
  const mode = settings.authMode.value;
  const refuse = (path: string, key: string): never => {
    throw blocked(path, { key, values: { bind: settings.bind.value } }, language);
  };
  if (settings.authConflict !== undefined) refuse('gateway.auth.mode', 'AUTH_UNCLEAR');
  if (mode === 'none' && !bind.loopbackOnly) refuse('gateway.auth.mode', 'AUTH_NONE_IN_NETWORK');
  if (mode === 'password' && !settings.password.value) refuse('gateway.auth.password', 'PASSWORD_ABSENT');
  if (mode === 'trusted-proxy' && valueAt(config, 'gateway.auth.trustedProxy.userHeader') === undefined)
    refuse('gateway.auth.trustedProxy', 'PROXY_ABSENT');
}

/** Refuses to let strangers of a whole network, or of the world, in. Source: command line, run. */
export function checkTailscale({ tailscaleMode, authMode }: GatewaySettings, language: Language): void {
  const mode = tailscaleMode.value;
  const key =
    mode === 'funnel' && authMode.value !== 'password'
      ? 'FUNNEL_WITHOUT_PASSWORD'
      : mode === 'serve' && authMode.value === 'none' && 'SERVE_WITHOUT_AUTH';
  if (key) throw blocked('gateway.tailscale.mode', { key, values: {} }, language);
}

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
  /** Of what is said about TLS; English when absent. */
  language?: Language;
}

/**
 * Everything that would refuse a start with this configuration, in the order in which a start looks; empty when it
 * would go on to take its port. Opens nothing. A file with `gateway.mode` remote has a problem as well, at that path.
 */
export function startProblems(subject: StartSubject): StartProblem[] {
  const { config, env, flags = {}, paths, secrets } = subject;
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
  if (paths.profile !== 'dev') check(() => checkMode(subject));
  check(() => checkTls(tlsFilesOf(config, paths), subject.language ?? 'en'));
  const settings = check(() => resolveGatewaySettings({ flags, env, config, secrets }));
  const bind = settings && check(() => bindPlan(settings.bind.value, settings.customBindHost));
  if (settings && bind) check(() => checkAuth(settings, bind, config));
  if (settings) check(() => checkTailscale(settings));
  return problems;
}

/** The first line of a message says what is wrong, the second what to do about it. */
function problemOf({ message, details }: RpcError): StartProblem {
  const [what = '', next] = message.split('\n');
  const fix = next?.replace(/^(Fix: |修复：)/, '');
  return { path: asText(details?.path) ?? '', message: what, ...(fix === undefined ? {} : { fix }) };
}

const blocked = (path: string, ...lines: string[]): RpcError =>
  new RpcError('START_BLOCKED', lines.join('\n'), { path });

/** Refuses to start a gateway that nobody asked for here. Source: command line, run. */
export function checkMode({ config, env, exists, paths }: Omit<StartSubject, 'secrets' | 'flags'>): void {
  const mode = asText(valueAt(config, 'gateway.mode'));
  if (mode === 'local') return;
  const fix = `${commandName(paths, env)} config set gateway.mode local`;
  if (!exists) throw blocked('', `Missing config. Run \`${fix}\` (or pass --allow-unconfigured).`);
  throw blocked(
    'gateway.mode',
    `Gateway start blocked: set gateway.mode=local (current: ${mode ?? 'unset'}) or pass --allow-unconfigured.`,
    `Fix: ${fix}`,
    `Config: ${paths.configPath}`,
  );
}

/** Refuses a gateway that strangers could use, and one that nobody could. */
export function checkAuth(settings: GatewaySettings, bind: BindPlan, config: unknown): void {
  const mode = settings.authMode.value;
  if (settings.authConflict !== undefined) throw blocked('gateway.auth.mode', settings.authConflict);
  if (mode === 'none' && !bind.loopbackOnly) {
    throw blocked(
      'gateway.auth.mode',
      `Refusing to bind gateway to ${settings.bind.value} without auth.`,
      'Set gateway.auth.token/password (or OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD) or pass --token/--password.',
    );
  }
  if (mode === 'password' && !settings.password.value) {
    throw blocked(
      'gateway.auth.password',
      'Gateway auth is set to password, but no password is configured.',
      'Set gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD), or pass --password.',
    );
  }
  if (mode === 'trusted-proxy' && valueAt(config, 'gateway.auth.trustedProxy.userHeader') === undefined) {
    throw blocked(
      'gateway.auth.trustedProxy',
      'gateway auth mode is trusted-proxy, but no trustedProxy config was provided (set gateway.auth.trustedProxy)',
      'Set gateway.auth.trustedProxy.userHeader to the header in which your proxy names the user.',
    );
  }
}

/** Refuses to let strangers of a whole network, or of the world, in. Source: command line, run. */
export function checkTailscale({ tailscaleMode, authMode }: GatewaySettings): void {
  const mode = tailscaleMode.value;
  if (mode === 'funnel' && authMode.value !== 'password') {
    throw blocked(
      'gateway.tailscale.mode',
      'tailscale funnel requires gateway auth mode=password (set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD)',
      'Everybody on the internet can knock at a funnel: set gateway.auth.mode to password, or use serve.',
    );
  }
  if (mode === 'serve' && authMode.value === 'none') {
    throw blocked(
      'gateway.tailscale.mode',
      'Refusing to expose gateway with tailscale serve without auth.',
      'Set gateway.auth.mode to token or password.',
    );
  }
}

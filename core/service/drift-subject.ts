import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { valueAtText } from '../config/config-path.ts';
import { resolveStatePaths, type StatePaths } from '../config/paths.ts';
import type { ConfigFile } from '../config/read.ts';
import { resolveSecret } from '../config/secrets.ts';
import { type ConfiguredToken, type DriftSubject, flagValue } from './service-drift.ts';
import type { ServiceCommand, ServiceFacts } from './service-facts.ts';

const TOKEN = 'OPENCLAW_GATEWAY_TOKEN';
const PASSWORD = 'OPENCLAW_GATEWAY_PASSWORD';

export interface DriftSources {
  facts: ServiceFacts;
  file: ConfigFile;
  paths: StatePaths;
  /** That commands here would use for a gateway of this state directory. */
  port: number;
  /** Of the user whose service it is. */
  home: string;
}

/** Gathers what `serviceDrift` compares; undefined when the service has no definition. Resolves SecretRefs. */
export async function driftSubject(sources: DriftSources): Promise<DriftSubject | undefined> {
  const { facts, file, paths, port, home } = sources;
  if (facts.command === undefined) return undefined;
  return {
    facts,
    port,
    stateDir: paths.stateDir,
    configPath: paths.configPath,
    token: await configuredToken(file, facts.command),
    serviceState: stateOfService(facts.command, home),
    exists: existsSync,
    temporaryDirs: temporaryDirs(),
  };
}

/** Places that the system empties by itself. */
export const temporaryDirs = (): string[] => [
  tmpdir(),
  '/tmp',
  '/var/tmp',
  '/private/tmp',
  '/private/var/folders',
];

/**
 * The token that the service's gateway would expect by the configuration, a SecretRef being resolved with the
 * service's variables first and this process's after them. Not looked at when token auth is not what counts: another
 * mode is set, or none is and only a password could win.
 */
export async function configuredToken(file: ConfigFile, command: ServiceCommand): Promise<ConfiguredToken> {
  const env = { ...file.env, ...command.env };
  const mode = valueAtText(file.resolved, 'gateway.auth.mode');
  const token = valueAtText(file.resolved, 'gateway.auth.token');
  const isSet = token !== undefined && token !== '' && token !== null;
  if (mode !== undefined && mode !== 'token') return { kind: 'not-active' };
  if (mode === undefined && !isSet && !env[TOKEN] && passwordCanWin(file, env)) return { kind: 'not-active' };
  if (!isSet) return { kind: 'none' };
  const resolved = await resolveSecret(token, file.resolved, env);
  return resolved.ok
    ? { kind: 'known', value: resolved.value }
    : { kind: 'unresolved', reason: resolved.reason };
}

const passwordCanWin = (file: ConfigFile, env: NodeJS.ProcessEnv): boolean =>
  Boolean(valueAtText(file.resolved, 'gateway.auth.password')) || Boolean(env[PASSWORD]);

/** Where the service's own command and variables lead to; `home` is that of its user. */
export function stateOfService(
  command: ServiceCommand,
  home: string,
): Pick<DriftSubject['serviceState'], 'stateDir' | 'configPath'> {
  const { argv, env } = command;
  const profile = flagValue(argv, '--profile') ?? (argv.includes('--dev') ? 'dev' : undefined);
  const found = resolveOrNothing({ HOME: home, ...env }, profile);
  return { stateDir: found?.stateDir ?? '', configPath: found?.configPath ?? '' };
}

function resolveOrNothing(env: NodeJS.ProcessEnv, profile: string | undefined): StatePaths | undefined {
  try {
    return resolveStatePaths(env, profile === undefined ? {} : { profile });
  } catch {
    return undefined;
  }
}

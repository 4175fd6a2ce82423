import { commandName } from '../config/command-name.ts';
import { valueAtText } from '../config/config-path.ts';
import type { Edit } from '../config/edit.ts';
import type { StatePaths } from '../config/paths.ts';
import { type ConfigFile, readConfigFile } from '../config/read.ts';
import { readConfigSchema } from '../config/schema.ts';
import { resolveGatewaySettings, type SecretLookup, type SettingsInput } from '../config/settings.ts';
import { inspect } from '../config/snapshot.ts';
import { planEdits, storeWrite } from '../config/write.ts';
import { asText, valueAt } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import { decideToken, type TokenDecision } from '../service/install-token.ts';
import { note, problem, type ServiceNote, type ServiceProblem } from '../service/service-manager.ts';
import type { ServicePlan } from '../service/service-plan.ts';
import { randomToken } from './auth-plan.ts';
import { DEV_PORT } from './dev-profile.ts';
import { serviceSecrets } from './service-secrets.ts';
import { startProblems } from './start-checks.ts';

export interface InstallInput {
  paths: StatePaths;
  plan: Pick<ServicePlan, 'env'>;
  /** Of the shell that installs. */
  env: NodeJS.ProcessEnv;
  /** Asked for by a flag; it goes into the configuration, never into the service. */
  token?: string | undefined;
  port?: number | undefined;
}

export type InstallPlan =
  | { ok: false; problem: ServiceProblem }
  /** `apply` writes what has to be in the configuration before the service starts. */
  | { ok: true; port: number; notes: ServiceNote[]; apply(): Promise<void> };

/** Variables that a service has although no definition names them. */
const FROM_SYSTEM = ['HOME', 'USERPROFILE', 'USER', 'LOGNAME', 'APPDATA', 'LOCALAPPDATA', 'SystemRoot'];

/**
 * Judges the configuration as the service will read it: without the shell of whoever installs it. Writes nothing.
 * A SecretRef is resolved to see that it can be, and its value is stored nowhere.
 */
export async function planInstall(input: InstallInput): Promise<InstallPlan> {
  const { paths, env, port } = input;
  const file = await readConfigFile(paths.configPath, serviceEnv(input), paths);
  const unusable = configProblem(file, paths);
  if (unusable) return { ok: false, problem: unusable };
  const secrets = await serviceSecrets(file, env);
  const decision = tokenDecision(input, file, secrets);
  if (decision.kind === 'blocked') return { ok: false, problem: decision.problem };
  const store = decision.kind === 'store' ? decision.token : undefined;
  const blocked = startProblem(input, file, secrets, store);
  if (blocked) return { ok: false, problem: blocked };
  const shell = secrets.onlyInShell.map((path) =>
    note('SECRET_ONLY_IN_SHELL', { path, file: `${paths.stateDir}/.env` }),
  );
  const stored = decision.kind === 'store' ? [note(decision.note, { file: paths.configPath })] : [];
  return {
    ok: true,
    port: port ?? portOf(file, paths),
    notes: [...shell, ...stored],
    apply: async () => {
      if (store !== undefined) await storeToken(input, store);
    },
  };
}

/** They follow from the file alone; the secrets that a service manager hands out are not known here. */
const CERTAIN: readonly string[] = ['MODE_NOT_LOCAL', 'AUTH_MODE_UNCLEAR', 'START_BLOCKED'];

/** Why the gateway of an installed service would refuse to start now. A broken file is no reason: the last good one is taken. */
export async function startRefusal(input: InstallInput): Promise<ServiceProblem | undefined> {
  const planned = await planInstall(input);
  return !planned.ok && CERTAIN.includes(planned.problem.code) ? planned.problem : undefined;
}

function serviceEnv({ env, plan }: InstallInput): NodeJS.ProcessEnv {
  const given = FROM_SYSTEM.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  return { ...Object.fromEntries(given), ...plan.env };
}

function configProblem(file: ConfigFile, paths: StatePaths): ServiceProblem | undefined {
  const isDev = paths.profile === 'dev';
  if (!file.exists) return isDev ? undefined : problem('CONFIG_MISSING', { file: paths.configPath });
  const [issue] = inspect(file, readConfigSchema()).issues;
  if (issue)
    return problem('CONFIG_UNUSABLE', { file: paths.configPath, path: issue.path, reason: issue.message });
  const mode = valueAtText(file.resolved, 'gateway.mode');
  if (mode === 'local' || isDev) return undefined;
  return problem('MODE_NOT_LOCAL', { mode: asText(mode) ?? '-', file: paths.configPath });
}

function tokenDecision({ token, env }: InstallInput, file: ConfigFile, secrets: SecretLookup): TokenDecision {
  try {
    return decideToken({
      given: token,
      shell: { token: env.OPENCLAW_GATEWAY_TOKEN, password: env.OPENCLAW_GATEWAY_PASSWORD },
      written: file.merged,
      settings: () => resolveGatewaySettings(settingsInput(file, secrets)),
      newToken: randomToken,
    });
  } catch (error) {
    const path =
      error instanceof RpcError && error.code === 'SECRET_UNRESOLVED' && asText(error.details?.path);
    if (!path) throw error;
    const reason = secrets.secretFailure(path) ?? '';
    return { kind: 'blocked', problem: problem('SECRET_UNRESOLVED', { path, reason }) };
  }
}

const settingsInput = (file: ConfigFile, secrets: SecretLookup): SettingsInput => ({
  flags: {},
  env: file.env,
  config: file.resolved,
  secrets,
});

/** What else would refuse the start; a token that is about to be stored counts as there. */
function startProblem(
  { paths, env: shell }: InstallInput,
  file: ConfigFile,
  secrets: SecretLookup,
  token: string | undefined,
): ServiceProblem | undefined {
  const { resolved: config, exists, env } = file;
  const flags = token === undefined ? {} : { token };
  const [found] = startProblems({ config, exists, env, secrets, paths, flags });
  const fix = found?.fix ?? `${commandName(paths, shell)} config validate`;
  if (!found) return undefined;
  const { message: reason, told } = found;
  return { ...problem('START_BLOCKED', { reason, fix }), ...(told && { told }) };
}

const portOf = (file: ConfigFile, { profile }: StatePaths): number => {
  const configured = valueAt(file.resolved, 'gateway.port');
  if (typeof configured === 'number') return configured;
  return profile === 'dev' ? DEV_PORT : resolveGatewaySettings({ flags: {}, env: {}, config: {} }).port.value;
};

async function storeToken({ paths, env }: InstallInput, token: string): Promise<void> {
  const edit: Edit = { path: ['gateway', 'auth', 'token'], value: token };
  const { configPath: path, stateDir } = paths;
  await storeWrite(await planEdits([edit], { path, stateDir, env, schema: readConfigSchema() }));
}

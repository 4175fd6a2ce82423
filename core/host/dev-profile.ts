import { existsSync } from 'node:fs';
import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import { RpcError } from '../protocol/errors.ts';
import { createDir, ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { randomToken } from './auth-plan.ts';
import { readInstanceLock } from './instance-lock.ts';

export const DEV_PORT = 19_001;

const workspaceOf = (paths: StatePaths): string => join(paths.stateDir, 'workspace-dev');

/** Makes a configuration and a workspace for development where there are none. It needs no key or account. */
export async function createDevProfile(paths: StatePaths): Promise<'created' | 'kept'> {
  await ensurePrivateDir(paths.stateDir);
  await createDir(workspaceOf(paths));
  if (existsSync(paths.configPath)) return 'kept';
  await createDir(dirname(paths.configPath));
  const config = {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      port: DEV_PORT,
      auth: { mode: 'token', token: randomToken() },
    },
    agents: { defaults: { workspace: workspaceOf(paths), skipBootstrap: true } },
  };
  await writeFileAtomic(paths.configPath, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return 'created';
}

const RESETTABLE = ['credentials', 'agents', 'sessions', 'identity', 'devices', 'workspace-dev', 'tray'];

/**
 * Removes configuration, credentials, sessions and workspace of the development profile, and gives the names of what
 * was there. It refuses to touch a state directory that is not a development one, whatever the environment says, and
 * one that is in use.
 */
export async function resetDevProfile(paths: StatePaths, env: NodeJS.ProcessEnv): Promise<string[]> {
  await checkResettable(paths, env);
  const all = [paths.configPath, ...RESETTABLE.map((name) => join(paths.stateDir, name))];
  const found = all.filter((path) => existsSync(path));
  for (const path of found) await rm(path, { recursive: true, force: true });
  return found.map((path) => basename(path));
}

const isForDevelopment = (dir: string): boolean => basename(dir).endsWith('-dev');

async function checkResettable(paths: StatePaths, env: NodeJS.ProcessEnv): Promise<void> {
  const { stateDir, configPath, trayDir } = paths;
  const real = await realpath(stateDir).catch(() => stateDir);
  const foreign = [stateDir, real].find((dir) => !isForDevelopment(dir));
  if (foreign !== undefined) {
    throw new RpcError(
      'START_BLOCKED',
      `--reset only clears a state directory whose name ends in -dev, and ${foreign} is none. ${wayOut(paths, env)}`,
    );
  }
  if (dirname(configPath) !== stateDir) {
    throw new RpcError(
      'START_BLOCKED',
      `--reset only clears what lies in ${stateDir}, and the configuration is ${configPath}. Unset OPENCLAW_CONFIG_PATH.`,
    );
  }
  const holder = await readInstanceLock(trayDir);
  if (holder) {
    throw new RpcError(
      'ALREADY_RUNNING',
      `--reset would clear ${stateDir} under a running gateway. Stop it first (kill ${holder.pid}).`,
      { pid: holder.pid, port: holder.port },
    );
  }
}

/** Whatever chose this directory has to choose another one. */
function wayOut({ stateDir, profile }: StatePaths, env: NodeJS.ProcessEnv): string {
  if (env.OPENCLAW_STATE_DIR?.trim()) return 'Unset OPENCLAW_STATE_DIR or choose another.';
  if (isForDevelopment(stateDir)) return `Remove the link ${stateDir}, or choose another profile.`;
  if (env.OPENCLAW_PROFILE?.trim() === profile)
    return 'Unset OPENCLAW_PROFILE, or pass --dev before the command.';
  return `Leave --profile ${profile} out, or choose a profile whose name ends in -dev.`;
}

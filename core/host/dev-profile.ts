import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import { RpcError } from '../protocol/errors.ts';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';

export const DEV_PORT = 19_001;

const workspaceOf = (paths: StatePaths): string => join(paths.stateDir, 'workspace-dev');

/** Makes a configuration and a workspace for development where there are none. It needs no key or account. */
export async function createDevProfile(paths: StatePaths): Promise<'created' | 'kept'> {
  await ensurePrivateDir(paths.stateDir);
  await mkdir(workspaceOf(paths), { recursive: true, mode: 0o700 });
  if (existsSync(paths.configPath)) return 'kept';
  const config = {
    gateway: {
      mode: 'local',
      bind: 'loopback',
      port: DEV_PORT,
      auth: { mode: 'token', token: randomBytes(24).toString('base64url') },
    },
    agents: { defaults: { workspace: workspaceOf(paths), skipBootstrap: true } },
  };
  await writeFileAtomic(paths.configPath, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  return 'created';
}

/**
 * Removes configuration, credentials, sessions and workspace of the development profile. It refuses to touch
 * a state directory that is not a development one, whatever the environment says.
 */
export async function resetDevProfile(paths: StatePaths): Promise<void> {
  if (!basename(paths.stateDir).endsWith('-dev')) {
    throw new RpcError(
      'START_BLOCKED',
      `--reset only clears a state directory whose name ends in -dev, and ${paths.stateDir} is none. Unset OPENCLAW_STATE_DIR or choose another.`,
    );
  }
  const inside = ['credentials', 'agents', 'sessions', 'identity', 'devices', 'workspace-dev', 'tray'];
  for (const name of inside) await rm(join(paths.stateDir, name), { recursive: true, force: true });
  await rm(paths.configPath, { force: true });
}

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { RpcError } from '../protocol/errors.ts';

/** Where everything of one installation lives; all paths are absolute. */
export interface StatePaths {
  home: string;
  stateDir: string;
  configPath: string;
  /** What only this program writes: `<stateDir>/tray`. */
  trayDir: string;
  profile: string | undefined;
}

const PROFILE = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * `OPENCLAW_STATE_DIR`, `OPENCLAW_CONFIG_PATH` and `OPENCLAW_HOME` win over a profile; the profile `default`
 * counts as none and `dev` means the profile of that name. Throws BAD_ARGUMENT for an unusable profile name.
 */
export function resolveStatePaths(
  env: NodeJS.ProcessEnv,
  options: { profile?: string; dev?: boolean } = {},
): StatePaths {
  const home = resolve(filled(env.OPENCLAW_HOME) ?? filled(env.HOME) ?? filled(env.USERPROFILE) ?? homedir());
  const profile = options.dev ? 'dev' : profileOf(options.profile, env.OPENCLAW_PROFILE);
  const expand = (path: string): string => resolve(path.replace(/^~(?=$|[\\/])/, () => home));
  const given = filled(env.OPENCLAW_STATE_DIR);
  const stateDir = given ? expand(given) : join(home, profile ? `.openclaw-${profile}` : '.openclaw');
  const config = filled(env.OPENCLAW_CONFIG_PATH);
  return {
    home,
    stateDir,
    configPath: config ? expand(config) : join(stateDir, 'openclaw.json'),
    trayDir: join(stateDir, 'tray'),
    profile,
  };
}

function profileOf(flag: string | undefined, variable: string | undefined): string | undefined {
  const profile = filled(flag ?? variable);
  if (profile === undefined || profile.toLowerCase() === 'default') return undefined;
  if (PROFILE.test(profile)) return profile;
  throw new RpcError(
    'BAD_ARGUMENT',
    `Invalid ${flag === undefined ? 'OPENCLAW_PROFILE' : '--profile'}. Use letters, digits, "-" and "_" only, at most 64 of them, for example work.`,
  );
}

const filled = (value: string | undefined): string | undefined => value?.trim() || undefined;

/** `~/.openclaw/openclaw.json` for a path below the home directory, on every system. */
export function displayPath(path: string, home: string): string {
  const rest = path.startsWith(home) ? path.slice(home.length) : undefined;
  return rest !== undefined && /^[\\/]/.test(rest) ? `~${rest.replaceAll('\\', '/')}` : path;
}

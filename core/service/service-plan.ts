import type { StatePaths } from '../config/paths.ts';
import { MARKER, OUR_MARK, type ServiceNames, serviceNames } from './service-names.ts';

/** What a service starts, before it is put into the words of a service manager. It holds no secret. */
export interface ServicePlan {
  names: ServiceNames;
  /** For people. */
  description: string;
  argv: readonly [program: string, ...rest: string[]];
  env: Readonly<Record<string, string>>;
  workingDirectory: string;
}

export interface PlanInput {
  paths: StatePaths;
  /** Of the shell that installs the service. */
  env: NodeJS.ProcessEnv;
  /** What starts the command line, with absolute paths: Node and its script, or one program. */
  command: readonly [program: string, ...script: string[]];
  /** Set when a flag or variable asks for it; otherwise the configuration says, and a change of it needs no new service. */
  port?: number | undefined;
  version: string;
  platform: NodeJS.Platform;
}

/** They say where the state is, or which certificates to trust; none of them is a secret. */
const CARRIED = [
  'OPENCLAW_HOME',
  'OPENCLAW_STATE_DIR',
  'OPENCLAW_CONFIG_PATH',
  'NODE_EXTRA_CA_CERTS',
] as const;

/**
 * The same gateway that `openclaw gateway run` would start in this shell, in words that hold without the shell.
 * Secrets stay where the gateway reads them at its start: in the configuration, `.env`, or behind a SecretRef.
 */
export function planService(input: PlanInput): ServicePlan {
  const { paths, env, command, port, version, platform } = input;
  const profile = paths.profile === undefined ? [] : ['--profile', paths.profile];
  const ports = port === undefined ? [] : ['--port', String(port)];
  const carried = CARRIED.flatMap((name) => (env[name]?.trim() ? [[name, env[name]] as const] : []));
  const path = platform === 'win32' ? [] : [['PATH', servicePath(env.PATH ?? '', command[0])] as const];
  return {
    names: serviceNames(paths.profile),
    description:
      paths.profile === undefined ? 'OpenClaw Gateway' : `OpenClaw Gateway (profile: ${paths.profile})`,
    argv: [...command, ...profile, 'gateway', 'run', ...ports],
    env: {
      ...Object.fromEntries(carried),
      ...Object.fromEntries(path),
      [MARKER]: OUR_MARK,
      OPENCLAW_SERVICE_KIND: 'gateway',
      OPENCLAW_SERVICE_VERSION: version,
    },
    workingDirectory: paths.home,
  };
}

const SYSTEM_PATH = ['/usr/local/bin', '/usr/bin', '/bin'];
/** Directories that exist for one command only. */
const PASSING = /[\\/](node_modules[\\/]\.bin|_npx|fnm_multishells|node-gyp-bin)([\\/]|$)/;

/** Where tools and models of the gateway are looked for: beside the program itself, then what the shell has for good. */
function servicePath(path: string, program: string): string {
  const own = program.slice(0, Math.max(program.lastIndexOf('/'), 0));
  const dirs = path.split(':').filter((dir) => dir.startsWith('/') && !PASSING.test(dir) && !hasControl(dir));
  return [...new Set([own, ...dirs, ...SYSTEM_PATH])].filter(Boolean).join(':');
}

const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);

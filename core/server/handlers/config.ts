import type { ConfigService } from '../../config/service.ts';
import type { Clock } from '../../lib/clock.ts';
import { invalidRequest } from '../../protocol/errors.ts';
import type { configMethods } from '../../protocol/methods/config.ts';
import type { HandlersOf } from './handlers.ts';

export interface RestartRequest {
  reason: string;
  /** Milliseconds from now. */
  delayMs: number;
}

export interface RestartTicket {
  ok: true;
  pid: number;
  signal: 'SIGUSR2';
  delayMs: number;
  reason: string;
  mode: 'emit';
  /** True when a restart was already under way, which this request joined. */
  coalesced: boolean;
  cooldownMsApplied: number;
}

export interface ConfigDeps {
  clock: Clock;
  config: ConfigService;
  /** Called when the secrets in use may be other ones. */
  secretsReloaded(): void;
  requestRestart(request: RestartRequest): RestartTicket;
}

/** Milliseconds between the answer to a write and the restart it asked for. Source: methods, config. */
const RESTART_DELAY_MS = 2_000;

interface Write {
  raw: string;
  baseHash?: string | undefined;
  replacePaths?: string[] | undefined;
  note?: string | undefined;
  restartDelayMs?: number | undefined;
}

export function configHandlers(deps: ConfigDeps): HandlersOf<keyof typeof configMethods> {
  const { config } = deps;
  return {
    'config.get': async () => ({ ...(await config.read()) }),
    'config.schema': () => config.schema(),
    'config.schema.lookup': async ({ path }) => {
      const found = await config.lookup(path);
      if (!found) throw invalidRequest(`config schema path not found: ${path}`);
      return { ...found, children: found.children.map((child) => ({ ...child })) };
    },
    'config.set': async ({ raw, baseHash }) => {
      const { path, hash, config: written } = await config.write({ kind: 'set', raw, baseHash });
      return { ok: true, path, hash, config: written };
    },
    'config.patch': (params) => writeAndRestart(deps, 'patch', params),
    'config.apply': (params) => writeAndRestart(deps, 'apply', params),
    'secrets.reload': async () => {
      const reloaded = await config.reloadSecrets();
      deps.secretsReloaded();
      return { ok: true, ...reloaded };
    },
  };
}

async function writeAndRestart(deps: ConfigDeps, kind: 'patch' | 'apply', params: Write) {
  const { raw, baseHash, replacePaths, note, restartDelayMs } = params;
  const written = await deps.config.write({ kind, raw, baseHash, replacePaths });
  const requiresRestart = written.restartPaths.length > 0;
  const restart = requiresRestart
    ? deps.requestRestart({ reason: `config.${kind}`, delayMs: restartDelayMs ?? RESTART_DELAY_MS })
    : undefined;
  return {
    ok: true as const,
    path: written.path,
    hash: written.hash,
    config: written.config,
    ...(kind === 'patch' ? { changedPaths: written.changedPaths } : {}),
    ...(restart ? { restart } : {}),
    sentinel: {
      persisted: false,
      payload: {
        kind: `config-${kind}`,
        status: 'ok',
        ts: deps.clock.now(),
        message: note ?? null,
        stats: { mode: `config.${kind}`, root: written.path, requiresRestart },
      },
    },
  };
}

import { asObject } from '../core/lib/json.ts';
import { commandName } from './command-name.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';
import { withPin } from './own-certificate.ts';
import type { Settings } from './settings.ts';
import { resolveTarget, type Target } from './target.ts';

/** An address from the environment counts only when this process was given it, not from a file. */
export async function targetOf(invocation: Invocation<QueryOptions>, settings: Settings): Promise<Target> {
  const { options, cli, globals } = invocation;
  const { config, env, paths } = settings;
  const { url, port } = options;
  const { OPENCLAW_GATEWAY_URL } = cli.env;
  const dev = globals.dev || paths.profile === 'dev';
  const running = url === undefined && port === undefined ? await settings.owner() : undefined;
  const command = commandName(invocation);
  const input = { url, port, env: { ...env, OPENCLAW_GATEWAY_URL }, config, dev, running, command };
  return withPin(resolveTarget(input), options, settings);
}

/** The gateway of this machine is meant, also when commands ask another one. */
export const asLocal = (config: Record<string, unknown>): Record<string, unknown> => ({
  ...config,
  gateway: { ...asObject(config.gateway), mode: 'local' },
});

/** Where the gateway of this machine is, whichever one `invocation` asks. */
export async function localTargetOf(
  { options, ...asked }: Invocation<QueryOptions>,
  settings: Settings,
): Promise<Target> {
  const { url: _, tlsFingerprint: __, ...rest } = options;
  const cli = { ...asked.cli, env: { ...asked.cli.env, OPENCLAW_GATEWAY_URL: undefined } };
  const invocation = { ...asked, cli, options: rest };
  return targetOf(invocation, { ...settings, config: asLocal(settings.config) });
}

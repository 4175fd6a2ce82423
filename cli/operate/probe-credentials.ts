import type { Settings } from '../settings.ts';

/** What may be shown to one gateway. */
export interface Belongings {
  /** Configured secrets below this path; none when undefined. */
  secretsUnder: string | undefined;
  /** OPENCLAW_GATEWAY_TOKEN and OPENCLAW_GATEWAY_PASSWORD. */
  env: boolean;
  /** `--token` and `--password`. */
  flags: boolean;
}

export const NOTHING: Belongings = { secretsUnder: undefined, env: false, flags: false };

/**
 * The settings as one of several gateways may get to see them: the others' secrets are not in there, so that no
 * later step can send them. The environment still serves to resolve references to it.
 */
export function settingsWith(settings: Settings, { secretsUnder, env }: Belongings): Settings {
  return {
    ...settings,
    env: env ? settings.env : withoutSecrets(settings.env),
    secret: async (path) =>
      secretsUnder !== undefined && path.startsWith(secretsUnder) ? settings.secret(path) : undefined,
  };
}

function withoutSecrets({ ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  delete env.OPENCLAW_GATEWAY_TOKEN;
  delete env.OPENCLAW_GATEWAY_PASSWORD;
  return env;
}

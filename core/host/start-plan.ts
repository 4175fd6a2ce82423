import { randomBytes } from 'node:crypto';
import type { ConfigService } from '../config/service.ts';
import { type GatewayFlags, type GatewaySettings, resolveGatewaySettings } from '../config/settings.ts';
import { type BindPlan, bindPlan } from './bind-addresses.ts';
import { DEV_PORT } from './dev-profile.ts';
import type { HostLogs } from './host-logs.ts';
import { type AuthPlan, checkAuth } from './start-checks.ts';

/** What one start of the gateway uses; a restart makes a new one. */
export interface StartPlan {
  port: number;
  bind: BindPlan;
  auth: AuthPlan;
  wsLog: 'auto' | 'full' | 'compact';
}

export interface StartPlanSources {
  flags: GatewayFlags;
  env: NodeJS.ProcessEnv;
  profile: string | undefined;
  config: ConfigService;
  logs: HostLogs;
}

/** Settles flags, environment and configuration into what to do. Throws what makes a start impossible. */
export async function startPlan(sources: StartPlanSources): Promise<StartPlan> {
  const { flags, env, profile } = sources;
  const { config } = sources.config.current;
  const settings = await resolveGatewaySettings({ flags, env, config });
  const bind = bindPlan(settings.bind.value, settings.customBindHost);
  const auth = await authPlan(sources, settings);
  checkAuth(auth, bind, settings.bind.value, config);
  const devPort = settings.port.origin === 'default' && profile === 'dev';
  return { port: devPort ? DEV_PORT : settings.port.value, bind, auth, wsLog: flags.wsLog ?? 'auto' };
}

async function authPlan(sources: StartPlanSources, settings: GatewaySettings): Promise<AuthPlan> {
  const { config, logs } = sources;
  const mode = settings.authMode.value;
  const token = settings.token?.value ?? config.secret('gateway.auth.token');
  const password = settings.password?.value ?? config.secret('gateway.auth.password');
  const plan = {
    mode,
    token: token ?? (mode === 'token' ? await newToken(config, logs) : undefined),
    password,
  };
  for (const secret of [plan.token, plan.password]) if (secret) logs.redactor.add(secret);
  return plan;
}

/**
 * A new token is kept where every OpenClaw program looks for it; without a configuration file, or with one that
 * cannot be written, it lasts for this run.
 */
async function newToken(config: ConfigService, { log, redactor }: HostLogs): Promise<string> {
  const token = randomBytes(24).toString('base64url');
  redactor.add(token);
  if (await saved(config, token)) {
    log.warn(
      'Gateway auth token was missing. Generated a new token and saved it to config (gateway.auth.token).',
    );
  } else {
    log.warn(
      'Gateway auth token was missing. Generated one for this run; commands on this machine find it by themselves.',
    );
  }
  return token;
}

async function saved(config: ConfigService, token: string): Promise<boolean> {
  const { exists, hash, recoveredFrom } = config.current;
  if (!exists || recoveredFrom) return false;
  const raw = JSON.stringify({ gateway: { auth: { token } } });
  return config.write({ kind: 'patch', raw, baseHash: hash }).then(
    () => true,
    () => false,
  );
}

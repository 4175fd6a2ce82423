import type { StatePaths } from '../config/paths.ts';
import type { ConfigService } from '../config/service.ts';
import {
  type GatewayFlags,
  resolveGatewaySettings,
  type TailscaleMode,
  type WsLogStyle,
} from '../config/settings.ts';
import type { Language } from '../messages/language.ts';
import type { Exposure } from '../server/exposure.ts';
import type { TlsIdentity } from '../tls/certificate.ts';
import { type TlsFiles, tlsFilesOf } from '../tls/tls-files.ts';
import { type AuthPlan, type AuthSources, authPlan } from './auth-plan.ts';
import { type BindPlan, bindPlan } from './bind-addresses.ts';
import { DEV_PORT } from './dev-profile.ts';
import { checkTls } from './gateway-tls.ts';
import { checkAuth, checkMode, checkTailscale } from './start-checks.ts';

/** What one start of the gateway uses; a restart makes a new one. */
export interface StartPlan {
  port: number;
  bind: BindPlan;
  auth: AuthPlan;
  wsLog: WsLogStyle;
  /** Undefined: plain HTTP. The certificate is known once a start has served it. */
  tls?: { files: TlsFiles; identity?: TlsIdentity };
  tailscale: { mode: TailscaleMode; resetOnExit: boolean };
  exposure: Exposure;
  /** Of the configuration this was made of. */
  configHash: string;
}

export interface StartPlanSources extends AuthSources {
  flags: GatewayFlags;
  paths: StatePaths;
  config: ConfigService;
  /** The configuration need not say that a gateway belongs here. */
  allowUnconfigured: boolean;
  language: Language;
}

/** Settles flags, environment and configuration into what to do. Throws what makes a start impossible. */
export async function startPlan(sources: StartPlanSources): Promise<StartPlan> {
  const { flags, paths, allowUnconfigured, language } = sources;
  const { config, env } = sources.config.current;
  if (!allowUnconfigured) checkMode({ ...sources.config.current, paths }, language);
  const tlsFiles = tlsFilesOf(config, paths);
  checkTls(tlsFiles, language);
  const settings = resolveGatewaySettings({ flags, env, config, secrets: sources.config });
  const bind = bindPlan(settings.bind.value, settings.customBindHost);
  checkAuth(settings, bind, config, language);
  checkTailscale(settings, language);
  const auth = await authPlan(sources, settings);
  const devPort = settings.port.origin === 'default' && paths.profile === 'dev';
  return {
    port: devPort ? DEV_PORT : settings.port.value,
    bind,
    auth,
    wsLog: settings.wsLog.value,
    ...(tlsFiles && { tls: { files: tlsFiles } }),
    tailscale: { mode: settings.tailscaleMode.value, resetOnExit: settings.tailscaleResetOnExit.value },
    exposure: { bind: settings.bind, tailscale: settings.tailscaleMode },
    configHash: sources.config.current.hash,
  };
}

import type { ConfigService } from '../config/service.ts';
import type { GatewayFlags } from '../config/settings.ts';
import { asText, valueAt } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import type { BindPlan } from './bind-addresses.ts';

/** Refuses to start a gateway that nobody asked for here. Source: command line, run. */
export function checkMode(config: ConfigService, configPath: string, allowed: boolean): void {
  if (allowed) return;
  const mode = asText(valueAt(config.current.config, 'gateway.mode'));
  if (mode === 'local') return;
  if (!config.current.exists) {
    throw new RpcError(
      'START_BLOCKED',
      'Missing config. Run `openclaw config set gateway.mode local` (or pass --allow-unconfigured).',
    );
  }
  throw new RpcError(
    'START_BLOCKED',
    [
      `Gateway start blocked: set gateway.mode=local (current: ${mode ?? 'unset'}) or pass --allow-unconfigured.`,
      'Fix: openclaw config set gateway.mode local',
      `Config: ${configPath}`,
    ].join('\n'),
  );
}

export interface AuthPlan {
  mode: 'none' | 'token' | 'password' | 'trusted-proxy';
  token: string | undefined;
  password: string | undefined;
}

/** Refuses a gateway that strangers could use, and one that nobody could. */
export function checkAuth(auth: AuthPlan, bind: BindPlan, bindMode: string, config: unknown): void {
  if (auth.mode === 'none' && !bind.loopbackOnly) {
    throw new RpcError(
      'START_BLOCKED',
      [
        `Refusing to bind gateway to ${bindMode} without auth.`,
        'Set gateway.auth.token/password (or OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD) or pass --token/--password.',
      ].join('\n'),
    );
  }
  if (auth.mode === 'password' && !auth.password) {
    throw new RpcError(
      'START_BLOCKED',
      [
        'Gateway auth is set to password, but no password is configured.',
        'Set gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD), or pass --password.',
      ].join('\n'),
    );
  }
  if (
    auth.mode === 'trusted-proxy' &&
    valueAt(config, 'gateway.auth.trustedProxy.userHeader') === undefined
  ) {
    throw new RpcError(
      'START_BLOCKED',
      'gateway auth mode is trusted-proxy, but no trustedProxy config was provided (set gateway.auth.trustedProxy)',
    );
  }
}

/** What this build cannot do is refused aloud, never ignored. */
export function checkAvailable(flags: GatewayFlags, config: unknown): void {
  const mode = flags.tailscale ?? asText(valueAt(config, 'gateway.tailscale.mode')) ?? 'off';
  if (mode !== 'off') {
    throw new RpcError(
      'NOT_AVAILABLE',
      `Tailscale ${mode} is not available in this build. Use --tailscale off, and \`tailscale ${mode}\` by hand if you need it.`,
    );
  }
  if (valueAt(config, 'gateway.tls.enabled') === true) {
    throw new RpcError(
      'NOT_AVAILABLE',
      'gateway.tls is not available in this build. Set gateway.tls.enabled=false and use an SSH tunnel or a TLS proxy.',
    );
  }
}

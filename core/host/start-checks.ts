import type { StatePaths } from '../config/paths.ts';
import type { ConfigService } from '../config/service.ts';
import type { GatewayFlags, GatewaySettings } from '../config/settings.ts';
import { asText, valueAt } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import type { BindPlan } from './bind-addresses.ts';

const blocked = (...lines: string[]): RpcError => new RpcError('START_BLOCKED', lines.join('\n'));

/** Refuses to start a gateway that nobody asked for here. Source: command line, run. */
export function checkMode({ current }: ConfigService, { configPath, profile }: StatePaths): void {
  const mode = asText(valueAt(current.config, 'gateway.mode'));
  if (mode === 'local') return;
  const fix = `openclaw ${profile ? `--profile ${profile} ` : ''}config set gateway.mode local`;
  if (!current.exists) throw blocked(`Missing config. Run \`${fix}\` (or pass --allow-unconfigured).`);
  throw blocked(
    `Gateway start blocked: set gateway.mode=local (current: ${mode ?? 'unset'}) or pass --allow-unconfigured.`,
    `Fix: ${fix}`,
    `Config: ${configPath}`,
  );
}

/** Refuses a gateway that strangers could use, and one that nobody could. */
export function checkAuth(settings: GatewaySettings, bind: BindPlan, config: unknown): void {
  const mode = settings.authMode.value;
  if (settings.authConflict !== undefined) throw blocked(settings.authConflict);
  if (mode === 'none' && !bind.loopbackOnly) {
    throw blocked(
      `Refusing to bind gateway to ${settings.bind.value} without auth.`,
      'Set gateway.auth.token/password (or OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD) or pass --token/--password.',
    );
  }
  if (mode === 'password' && !settings.password.value) {
    throw blocked(
      'Gateway auth is set to password, but no password is configured.',
      'Set gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD), or pass --password.',
    );
  }
  if (mode === 'trusted-proxy' && valueAt(config, 'gateway.auth.trustedProxy.userHeader') === undefined) {
    throw blocked(
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

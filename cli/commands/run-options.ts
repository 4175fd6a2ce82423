import { type Command, Option } from 'commander';
import { choice, parsePort } from '../options.ts';

export const BIND_MODES = ['loopback', 'lan', 'tailnet', 'auto', 'custom'] as const;
export const AUTH_MODES = ['none', 'token', 'password', 'trusted-proxy'] as const;
export const TAILSCALE_MODES = ['off', 'serve', 'funnel'] as const;
export const WS_LOG_STYLES = ['auto', 'full', 'compact'] as const;

/** The flags of `gateway run` with their types; source: CLI page, run. */
export interface RunFlags {
  port?: number;
  bind?: (typeof BIND_MODES)[number];
  auth?: (typeof AUTH_MODES)[number];
  token?: string;
  password?: string;
  passwordFile?: string;
  tailscale?: (typeof TAILSCALE_MODES)[number];
  tailscaleResetOnExit?: boolean;
  allowUnconfigured?: boolean;
  dev?: boolean;
  reset?: boolean;
  force?: boolean;
  verbose?: boolean;
  cliBackendLogs?: boolean;
  claudeCliLogs?: boolean;
  wsLog?: (typeof WS_LOG_STYLES)[number];
  compact?: boolean;
  rawStream?: boolean;
  rawStreamPath?: string;
}

const runOptions = (): Option[] => [
  new Option('--port <port>', 'Port to listen on (default: config gateway.port, or 18789)').argParser(
    parsePort,
  ),
  choice('--bind <mode>', 'Who can reach it (default: config gateway.bind, or loopback)', BIND_MODES),
  choice('--auth <mode>', 'How clients identify themselves (default: config gateway.auth.mode)', AUTH_MODES),
  new Option(
    '--token <token>',
    'Token clients must send; process listings show it, so prefer OPENCLAW_GATEWAY_TOKEN',
  ),
  new Option(
    '--password <password>',
    'Password clients must send; prefer --password-file or OPENCLAW_GATEWAY_PASSWORD',
  ),
  new Option('--password-file <path>', 'Read the password from a file'),
  choice('--tailscale <mode>', 'Expose the gateway with Tailscale', TAILSCALE_MODES),
  new Option('--tailscale-reset-on-exit', 'Undo the Tailscale exposure when the gateway stops'),
  new Option('--allow-unconfigured', 'Start without gateway.mode=local in the configuration'),
  new Option('--dev', 'Use the profile dev; make its configuration and workspace if missing'),
  new Option('--reset', 'Reset development configuration, credentials, sessions and workspace (needs --dev)'),
  new Option('--force', 'First end the gateway that listens on the port; other programs are left alone'),
  new Option('--verbose', 'Say more on the console'),
  new Option('--cli-backend-logs', 'Show only logs of CLI backends on the console'),
  new Option('--claude-cli-logs', 'Deprecated alias of --cli-backend-logs'),
  choice('--ws-log <style>', 'How the console shows WebSocket traffic (default: auto)', WS_LOG_STYLES),
  new Option('--compact', 'The same as --ws-log compact'),
  new Option('--raw-stream', 'Write raw events of model streams to a JSONL file'),
  new Option('--raw-stream-path <path>', 'That file'),
];

export function addRunOptions(command: Command): void {
  for (const option of runOptions()) command.addOption(option);
}

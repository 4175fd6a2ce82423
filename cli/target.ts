import { type Endpoint, parseEndpoint } from '../core/client/endpoint.ts';
import { asObject, asText } from '../core/lib/json.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { AddressOrigin } from '../core/verdict/findings.ts';

/** Where an address came from, in the words every OpenClaw command line uses. */
export type TargetSource =
  | 'cli --url'
  | 'env OPENCLAW_GATEWAY_URL'
  | 'config gateway.remote.url'
  | 'local loopback';

const ORIGINS = {
  'cli --url': 'flag',
  'env OPENCLAW_GATEWAY_URL': 'environment',
  'config gateway.remote.url': 'remote',
  'local loopback': 'local',
} as const satisfies Record<TargetSource, AddressOrigin>;

export const originOf = ({ source }: Pick<Target, 'source'>): AddressOrigin => ORIGINS[source];

/** The gateway a command talks to. */
export interface Target {
  /** Canonical, without secrets; may be printed. */
  url: string;
  source: TargetSource;
  port: number;
  /** The address is one of this machine's loopback addresses. */
  isLoopback: boolean;
  /** `Bind: <mode>` of the gateway on this machine. */
  bindDetail?: string;
  /** The port was asked for by a flag, so that commands for the same gateway have to name it too. */
  isPortAsked?: boolean;
  /** Why the port is not the configured one. */
  portDetail?: string;
  tlsFingerprint?: string;
}

export interface TargetInput {
  url?: string | undefined;
  port?: number | undefined;
  env: NodeJS.ProcessEnv;
  /** The resolved configuration. */
  config: Record<string, unknown>;
  /** The profile `dev` has a port of its own. */
  dev: boolean;
  /** The gateway that runs on this state directory; flags on its start may have chosen its port. */
  running?: { port: number; pid: number } | undefined;
  /** What commands shown to the user begin with; `openclaw` when absent. */
  command?: string;
}

export const DEFAULT_PORT = 18_789;
export const DEV_PORT = 19_001;

/**
 * `--url` or `--port` > OPENCLAW_GATEWAY_URL > gateway.remote.url in mode remote > the gateway of this
 * machine: OPENCLAW_GATEWAY_PORT, the port of the one that runs, the configured one. Source: configuration
 * page, precedence. Throws BAD_ARGUMENT or CONFIG_INVALID.
 */
export function resolveTarget(input: TargetInput): Target {
  if (input.url !== undefined) {
    if (input.port === undefined) return addressed('--url', input.url, 'cli --url');
    throw new RpcError('BAD_ARGUMENT', 'Use either --url or --port.');
  }
  const fromEnv = filled(input.env.OPENCLAW_GATEWAY_URL);
  if (input.port === undefined && fromEnv !== undefined) {
    return addressed('OPENCLAW_GATEWAY_URL', fromEnv, 'env OPENCLAW_GATEWAY_URL');
  }
  const gateway = asObject(input.config.gateway);
  if (input.port === undefined && gateway.mode === 'remote')
    return remoteTarget(asObject(gateway.remote), input);
  return localTarget(input, gateway);
}

function remoteTarget(remote: Record<string, unknown>, { command = 'openclaw' }: TargetInput): Target {
  const url = filled(remote.url);
  const sshTarget = remote.transport === 'direct' ? undefined : filled(remote.sshTarget);
  if (url === undefined && sshTarget !== undefined) {
    throw new RpcError(
      'CONFIG_INVALID',
      `The gateway is behind SSH (gateway.remote.sshTarget), and gateway.remote.url\nis not set.\nFix: ${command} tunnel keeps it at a port of this computer; pass the address\nthat it prints with --url.\nTo look at it: ${command} gateway probe`,
      { path: 'gateway.remote.url', sshTarget },
    );
  }
  if (url === undefined) {
    throw new RpcError(
      'CONFIG_INVALID',
      `gateway.mode is "remote", but gateway.remote.url is not set.\nFix: ${command} config set gateway.remote.url wss://<host>`,
      { path: 'gateway.remote.url' },
    );
  }
  const target = addressed('gateway.remote.url', url, 'config gateway.remote.url');
  const tlsFingerprint = filled(remote.tlsFingerprint);
  return tlsFingerprint === undefined ? target : { ...target, tlsFingerprint };
}

/** Whatever the gateway is bound to, it is reached over loopback from its own machine. */
function localTarget(input: TargetInput, gateway: Record<string, unknown>): Target {
  const { port, portDetail } = localPort(input, gateway);
  const scheme = asObject(gateway.tls).enabled === true ? 'wss' : 'ws';
  const bind = filled(gateway.bind) ?? 'loopback';
  return {
    ...describe(parseEndpoint(`${scheme}://127.0.0.1:${port}`)),
    source: 'local loopback',
    bindDetail: `Bind: ${bind}`,
    ...(input.port !== undefined && { isPortAsked: true }),
    ...(portDetail && { portDetail }),
  };
}

function localPort(
  input: TargetInput,
  gateway: Record<string, unknown>,
): { port: number; portDetail?: string } {
  const { running, env } = input;
  if (input.port !== undefined) return { port: input.port };
  const port = configuredPort(input, gateway);
  if (!running || running.port === port || filled(env.OPENCLAW_GATEWAY_PORT) !== undefined) return { port };
  const portDetail = `Port: ${running.port}, where the gateway of this state directory runs (pid ${running.pid}); configured is ${port}`;
  return { port: running.port, portDetail };
}

function configuredPort(input: TargetInput, gateway: Record<string, unknown>): number {
  const fromEnv = filled(input.env.OPENCLAW_GATEWAY_PORT);
  if (fromEnv !== undefined) {
    const port = Number(fromEnv);
    if (isPort(port)) return port;
    throw new RpcError('BAD_ARGUMENT', 'OPENCLAW_GATEWAY_PORT is not a port number from 1 to 65535.');
  }
  if (isPort(gateway.port)) return gateway.port;
  return input.dev ? DEV_PORT : DEFAULT_PORT;
}

export const isPort = (value: unknown): value is number =>
  Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 65_535;

/** `http` and `https` are taken for `ws` and `wss`, as other OpenClaw command lines do. */
function addressed(name: string, text: string, source: TargetSource): Target {
  try {
    return { ...describe(parseEndpoint(text.trim().replace(/^http(s?):/i, 'ws$1:'))), source };
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    throw new RpcError(error.code, `Invalid ${name}. ${error.message}`, { path: name });
  }
}

const describe = ({ url, port, reach }: Endpoint): Pick<Target, 'url' | 'port' | 'isLoopback'> => ({
  url,
  port,
  isLoopback: reach === 'loopback',
});

const filled = (value: unknown): string | undefined => asText(value)?.trim() || undefined;

import type { Command } from 'commander';
import type { GatewayFlags } from '../../core/config/settings.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { commandName } from '../command-name.ts';
import type { RunFlags } from '../commands/run-options.ts';
import type { Action, Invocation } from '../invocation.ts';
import { toldLines } from '../told-lines.ts';

type Run = Invocation<RunFlags & Record<string, unknown>>;

/** Resolves when the gateway has ended. What its flags mean together is for the gateway to judge. */
export const gatewayRun: Action<RunFlags & Record<string, unknown>> = async (invocation) => {
  const { cli, globals, options, output } = invocation;
  refuseQueryOptions(invocation);
  refuseTwoStyles(options);
  const inOwn = (text: string): string => toldLines(text, invocation).join('\n');
  for (const remark of remarksOn(options)) output.note(inOwn(remark));
  const { runGateway } = await import('../../core/host/run-gateway.ts');
  return runGateway({
    flags: flagsOf(options, globals.dev),
    env: environmentOf(invocation),
    profile: globals.profile,
    dev: globals.dev,
    language: invocation.language,
    present: inOwn,
    stdout: cli.stdout,
    stderr: cli.stderr,
  });
};

/** Flags that stand for variables are set as those, for whatever the gateway reads and starts. */
function environmentOf({ cli, options }: Run): NodeJS.ProcessEnv {
  const extra = {
    ...(options.token && { OPENCLAW_GATEWAY_TOKEN: options.token }),
    ...(options.color === false && { NO_COLOR: '1' }),
  };
  // A copy of process.env would tell PATH from Path on Windows, so it is made only when it is needed.
  return Object.keys(extra).length === 0 ? cli.env : { ...cli.env, ...extra };
}

/** `openclaw gateway` knows them only so that they may stand before `health` and `call`. */
const QUERY_ONLY: readonly (readonly [key: string, flag: string])[] = [
  ['url', '--url'],
  ['timeout', '--timeout'],
  ['json', '--json'],
  ['expectFinal', '--expect-final'],
  ['tlsFingerprint', '--tls-fingerprint'],
];

function refuseQueryOptions(invocation: Run): void {
  const isTyped = (command: Command | null, key: string): boolean =>
    command !== null && (command.getOptionValueSource(key) === 'cli' || isTyped(command.parent, key));
  const used = QUERY_ONLY.find(([key]) => isTyped(invocation.command, key));
  if (!used) return;
  throw new RpcError(
    'BAD_ARGUMENT',
    `${used[1]} is for questions to a gateway, not for running one.\nTry: ${commandName(invocation)} gateway health ${used[1]}`,
  );
}

function refuseTwoStyles({ wsLog, compact }: RunFlags): void {
  if (!compact || wsLog === undefined || wsLog === 'compact') return;
  throw new RpcError('BAD_ARGUMENT', `Use either --ws-log ${wsLog} or --compact.`);
}

function remarksOn(options: RunFlags): string[] {
  const remarks: string[] = [];
  if (options.token) {
    remarks.push(
      'Warning: process listings show --token. Use OPENCLAW_GATEWAY_TOKEN or gateway.auth.token instead.',
    );
  }
  if (options.password) {
    remarks.push(
      'Warning: process listings show --password. Use OPENCLAW_GATEWAY_PASSWORD or --password-file instead.',
    );
  }
  if (options.claudeCliLogs) remarks.push('--claude-cli-logs is deprecated; use --cli-backend-logs.');
  return remarks;
}

/** The profile for development is one whichever `--dev` asked for it. */
function flagsOf(options: RunFlags, isDevProfile: boolean): GatewayFlags {
  const { claudeCliLogs, compact, wsLog, cliBackendLogs, ...rest } = options;
  return {
    port: rest.port,
    bind: rest.bind,
    auth: rest.auth,
    token: rest.token,
    password: rest.password,
    passwordFile: rest.passwordFile,
    tailscale: rest.tailscale,
    tailscaleResetOnExit: rest.tailscaleResetOnExit,
    allowUnconfigured: rest.allowUnconfigured,
    dev: rest.dev || isDevProfile,
    reset: rest.reset,
    force: rest.force,
    verbose: rest.verbose,
    cliBackendLogs: cliBackendLogs || claudeCliLogs,
    wsLog: wsLog ?? (compact ? 'compact' : undefined),
    rawStream: rest.rawStream,
    rawStreamPath: rest.rawStreamPath,
  };
}

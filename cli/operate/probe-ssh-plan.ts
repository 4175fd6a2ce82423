import { valueAt } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { DEFAULT_REMOTE_PORT } from '../../core/remote/default-port.ts';
import { sshMachine } from '../../core/ssh/machine.ts';
import type { Invocation } from '../invocation.ts';
import type { Settings } from '../settings.ts';
import { isPort } from '../target.ts';
import type { ProbeFlags } from './probe-plan.ts';

/** A gateway behind SSH. */
export interface SshPlan {
  /** Undefined: the first gateway that is found on the network. */
  target: string | undefined;
  identity: string | undefined;
  remotePort: number;
  /** By a flag. */
  isAsked: boolean;
  /** It is the host that the secrets below `gateway.remote` were configured for. */
  isConfigured: boolean;
}

/** Undefined when neither flags nor configuration name a host. */
export function sshPlan(invocation: Invocation<ProbeFlags>, settings: Settings): SshPlan | undefined {
  const { ssh, sshAuto = false, sshIdentity, remotePort } = invocation.options;
  const configured = settings.text('gateway.remote.sshTarget');
  const target = sshAuto ? undefined : (ssh ?? configured);
  if (target !== undefined || sshAuto) {
    const isAsked = ssh !== undefined || sshAuto;
    const isConfigured = target !== undefined && target === configured;
    return { target, ...howToReach(invocation, settings), isAsked, isConfigured };
  }
  if (sshIdentity === undefined && remotePort === undefined) return undefined;
  throw new RpcError('BAD_ARGUMENT', 'Use --ssh-identity and --remote-port together with --ssh user@host.');
}

function howToReach({ options, cli }: Invocation<ProbeFlags>, settings: Settings) {
  const identity = options.sshIdentity ?? settings.text('gateway.remote.sshIdentity');
  return {
    identity: identity?.replace(/^~(?=$|[\\/])/, () => sshMachine(cli).home),
    remotePort: options.remotePort ?? configuredRemotePort(settings),
  };
}

/** Where the gateway listens on its host when no flag says so. */
export function configuredRemotePort({ config }: Pick<Settings, 'config'>): number {
  const port = valueAt(config, 'gateway.remote.remotePort');
  return isPort(port) ? port : DEFAULT_REMOTE_PORT;
}

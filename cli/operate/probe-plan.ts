import { networkInterfaces } from 'node:os';
import { parseEndpoint } from '../../core/client/endpoint.ts';
import { tailnetAddress } from '../../core/discovery/network.ts';
import { asObject } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { asLocal } from '../asked-target.ts';
import { commandName } from '../command-name.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { withPin } from '../own-certificate.ts';
import type { Settings } from '../settings.ts';
import { resolveTarget, type Target, type TargetInput } from '../target.ts';
import { type Belongings, NOTHING, settingsWith } from './probe-credentials.ts';
import { type SshPlan, sshPlan } from './probe-ssh-plan.ts';
import { remoteFault } from './remote-fault.ts';

export interface ProbeFlags extends QueryOptions {
  ssh?: string;
  sshIdentity?: string;
  sshAuto?: boolean;
  /** Where the gateway listens on the host behind SSH. */
  remotePort?: number;
  verbose?: boolean;
}

export type ProbeInvocation = Invocation<ProbeFlags>;

/** Also the id of the target: there is at most one of each. */
export type ProbeKind = 'explicit' | 'sshTunnel' | 'configRemote' | 'localLoopback';

/** One gateway to look at, with no more of settings and flags than may be shown to it. */
export interface PlannedTarget {
  kind: ProbeKind;
  /** False for a configured remote gateway while the mode is local. */
  isActive: boolean;
  /** Undefined when it is known only once there is a tunnel. */
  target: Target | undefined;
  /** Why there is no target. */
  fault?: Evidence;
  ssh?: SshPlan;
  settings: Settings;
  invocation: ProbeInvocation;
}

export interface ProbePlan {
  targets: PlannedTarget[];
  network: { localLoopbackUrl: string; localTailnetUrl: string | null; tailnetIPv4: string | null };
}

const filled = (text: string | undefined): boolean => (text?.trim() ?? '') !== '';

type Candidate = Omit<PlannedTarget, 'settings' | 'invocation'> & { owns: Belongings };

/**
 * Whom to look at, in order: the given address, the one behind SSH, the configured remote one, this machine. Flags
 * and environment are for one of them alone, and configured secrets for the gateway they were configured for.
 */
export async function planProbe(invocation: ProbeInvocation, settings: Settings): Promise<ProbePlan> {
  const { options } = invocation;
  if (options.ssh !== undefined && options.sshAuto)
    throw new RpcError('BAD_ARGUMENT', 'Use either --ssh or --ssh-auto.');
  const isRemoteMode = settings.text('gateway.mode') === 'remote';
  const isUrlOfEnv = options.url === undefined && filled(invocation.cli.env.OPENCLAW_GATEWAY_URL);
  const input = await targetInput(invocation, settings);
  const local = resolveTarget({ ...input, port: options.port, config: asLocal(settings.config) });
  const candidates = [
    explicitCandidate(invocation, input),
    sshCandidate(invocation, settings, isRemoteMode && !isUrlOfEnv),
    isRemoteNamed(settings, isRemoteMode && options.url === undefined && !isUrlOfEnv)
      ? remoteCandidate(input, isRemoteMode, isUrlOfEnv)
      : undefined,
    {
      kind: 'localLoopback' as const,
      isActive: true,
      target: local,
      owns: { secretsUnder: 'gateway.auth.', env: !isRemoteMode && !isUrlOfEnv, flags: !isRemoteMode },
    },
  ].flatMap((candidate) => candidate ?? []);
  const targets = withoutDoubles(onlyFirstOwnsFlags(candidates)).map(({ owns, ...planned }) => ({
    ...planned,
    target: planned.target && withPin(planned.target, owns.flags ? options : {}, settings),
    settings: settingsWith(settings, owns),
    invocation: owns.flags ? invocation : withoutCredentials(invocation),
  }));
  return { targets, network: networkOf(local) };
}

async function targetInput(invocation: ProbeInvocation, settings: Settings): Promise<TargetInput> {
  const { cli, globals } = invocation;
  return {
    env: { ...settings.env, OPENCLAW_GATEWAY_URL: undefined },
    config: settings.config,
    dev: globals.dev || settings.paths.profile === 'dev',
    running: await settings.owner(),
    command: commandName({ cli, globals }),
  };
}

function explicitCandidate({ options, cli }: ProbeInvocation, input: TargetInput): Candidate | undefined {
  const { OPENCLAW_GATEWAY_URL } = cli.env;
  if (options.url === undefined && !filled(OPENCLAW_GATEWAY_URL)) return undefined;
  const env = { ...input.env, OPENCLAW_GATEWAY_URL };
  const target = resolveTarget({ ...input, url: options.url, env });
  return { kind: 'explicit', isActive: true, target, owns: { ...NOTHING, flags: true } };
}

function sshCandidate(
  invocation: ProbeInvocation,
  settings: Settings,
  ownsEnv: boolean,
): Candidate | undefined {
  const ssh = sshPlan(invocation, settings);
  if (!ssh) return undefined;
  const secretsUnder = ssh.isConfigured ? 'gateway.remote.' : undefined;
  const env = ssh.isConfigured && ownsEnv;
  return {
    kind: 'sshTunnel',
    isActive: true,
    target: undefined,
    ssh,
    owns: { secretsUnder, env, flags: ssh.isAsked },
  };
}

/** Where commands ask it, that it has no address is worth telling, unless it is behind SSH, where it is looked at. */
const isRemoteNamed = (settings: Settings, isAsked: boolean): boolean =>
  settings.text('gateway.remote.url') !== undefined ||
  (isAsked && settings.text('gateway.remote.sshTarget') === undefined);

function remoteCandidate(input: TargetInput, isActive: boolean, isUrlOfEnv: boolean): Candidate {
  const gateway = asObject(input.config.gateway);
  const config = { ...input.config, gateway: { ...gateway, mode: 'remote' } };
  const candidate = {
    kind: 'configRemote' as const,
    isActive,
    owns: { secretsUnder: 'gateway.remote.', env: isActive && !isUrlOfEnv, flags: isActive },
  };
  try {
    return { ...candidate, target: resolveTarget({ ...input, config }) };
  } catch (error) {
    return { ...candidate, target: undefined, fault: remoteFault(error) };
  }
}

/** A credential given by hand is meant for one gateway: the one that was named by hand, else the one commands ask. */
function onlyFirstOwnsFlags(candidates: readonly Candidate[]): Candidate[] {
  const first = candidates.find(({ owns }) => owns.flags);
  return candidates.map((one) => ({ ...one, owns: { ...one.owns, flags: one === first } }));
}

/**
 * The same place is looked at once. Given by hand it is what was asked for, with all that belongs to it; else the
 * one that commands ask counts.
 */
function withoutDoubles(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates) {
    const index = kept.findIndex((earlier) => isSamePlace(earlier, candidate));
    const earlier = kept[index];
    if (!earlier) kept.push(candidate);
    else if (earlier.kind === 'explicit') kept[index] = asExplicit(candidate);
    else if (!earlier.isActive) kept[index] = candidate;
  }
  return kept;
}

const asExplicit = (candidate: Candidate): Candidate => ({
  ...candidate,
  kind: 'explicit',
  isActive: true,
  owns: { ...candidate.owns, flags: true },
});

function isSamePlace({ target: one }: Candidate, { target: other }: Candidate): boolean {
  return one !== undefined && other !== undefined && placeOf(one.url) === placeOf(other.url);
}

const placeOf = (url: string): string => {
  const { secure, host, port } = parseEndpoint(url);
  return `${secure ? 'wss' : 'ws'} ${host === 'localhost' ? '127.0.0.1' : host} ${port} ${new URL(url).pathname}`;
};

export function withoutCredentials(invocation: ProbeInvocation): ProbeInvocation {
  const { token: _, password: __, ...options } = invocation.options;
  return { ...invocation, options };
}

function networkOf({ url, port }: Target): ProbePlan['network'] {
  const address = tailnetAddress(networkInterfaces()) ?? null;
  const scheme = url.startsWith('wss:') ? 'wss' : 'ws';
  return {
    localLoopbackUrl: url.replace(/\/$/, ''),
    localTailnetUrl: address === null ? null : `${scheme}://${address}:${port}`,
    tailnetIPv4: address,
  };
}

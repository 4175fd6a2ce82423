import { readInstanceLock } from '../../core/host/instance-lock.ts';
import { findListeners, type Listener } from '../../core/host/port-holder.ts';
import type { Evidence } from '../../core/verdict/evidence.ts';
import { type Inspection, inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import type { SeenService } from '../../core/verdict/local-look.ts';
import { localTargetOf, targetOf } from '../asked-target.ts';
import { commandName } from '../command-name.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { readSettingsQuietly, type Settings } from '../settings.ts';
import type { Target } from '../target.ts';
import { remoteFault } from './remote-fault.ts';
import { serviceOf } from './service.ts';
import { type CheckedConfig, checkConfig, isHere, localSubject, networkTarget } from './subject.ts';

/** One look at the gateway that options and configuration name. */
export interface LookHere {
  inspection: Inspection;
  settings: Settings;
  config: CheckedConfig;
  /** Undefined when the configuration does not say where the gateway is. */
  target: Target | undefined;
  /** With `home`. */
  home?: Home;
}

/** This machine, which has a service whichever gateway is asked. */
export interface Home {
  /** Where its gateway is, or would be. */
  target: Target;
  /** Undefined where no service manager is known, and where the inspection has it. */
  service: SeenService | undefined;
  /** Who listens at its port; undefined where the inspection has it. */
  listeners?: Listener[];
}

export interface LookOptions {
  /** Ask it over the network; otherwise only what this machine shows. */
  probe: boolean;
  timeoutMs: number;
  /** Look also at this machine where another gateway is asked; the verdict is about that one. */
  home?: boolean;
}

/** Reads everything anew, so that it can be called again and again while things change. Changes nothing. */
export async function lookHere(
  invocation: Invocation<QueryOptions>,
  options: LookOptions,
): Promise<LookHere> {
  const settings = await readSettingsQuietly(invocation);
  const config = await checkConfig(invocation, settings);
  const found = await findTarget(invocation, settings);
  const place = { settings, config, ...found };
  const [inspection, home] = await Promise.all([
    inspect(invocation, place, options),
    options.home ? lookAtHome(invocation, place, options) : undefined,
  ]);
  return { inspection, settings, config, target: found.target, ...(home && { home }) };
}

interface Place {
  settings: Settings;
  config: CheckedConfig;
  target?: Target;
  /** Why there is no target. */
  way?: Evidence;
}

async function inspect(
  invocation: Invocation<QueryOptions>,
  { settings, config, target, way }: Place,
  { probe, timeoutMs }: LookOptions,
): Promise<Inspection> {
  const local =
    target &&
    localSubject(settings, target, config, () =>
      serviceOf(invocation, { settings, config, target, limitMs: timeoutMs }),
    );
  const network = target && probe ? networkTarget(invocation, settings, target) : undefined;
  const subject = { ...(way && { way }), ...(local && { local }), ...(network && { network }) };
  const { clock } = invocation.cli;
  return inspectGateway(
    { command: commandName(invocation), port: invocation.options.port, ...subject },
    { clock, timeoutMs, methods: ['status'] },
  );
}

async function lookAtHome(
  invocation: Invocation<QueryOptions>,
  { settings, config, target: asked }: Place,
  { timeoutMs }: LookOptions,
): Promise<Home> {
  const target = await localTargetOf(invocation, settings);
  if (asked && isHere(asked, config)) return { target, service: undefined };
  const seen = { settings, config, target, limitMs: timeoutMs };
  const lock = readInstanceLock(settings.paths.trayDir);
  const [service, listeners] = await Promise.all([
    serviceOf(invocation, seen),
    findListeners(target.port, { lock, isLockEnough: true, isGreetingEnough: true }),
  ]);
  return { target, service, listeners };
}

/** What is wrong with flags and variables is thrown; what is wrong with the configuration is a finding. */
async function findTarget(
  invocation: Invocation<QueryOptions>,
  settings: Settings,
): Promise<Pick<Place, 'target' | 'way'>> {
  try {
    return { target: await targetOf(invocation, settings) };
  } catch (error) {
    return { way: remoteFault(error) };
  }
}

import type { Evidence } from '../../core/verdict/evidence.ts';
import { type Inspection, inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import { targetOf } from '../asked-target.ts';
import { commandName } from '../command-name.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { readSettingsQuietly, type Settings } from '../settings.ts';
import type { Target } from '../target.ts';
import { remoteFault } from './remote-fault.ts';
import { serviceOf } from './service.ts';
import { type CheckedConfig, checkConfig, localSubject, networkTarget } from './subject.ts';

/** One look at the gateway that options and configuration name. */
export interface LookHere {
  inspection: Inspection;
  settings: Settings;
  config: CheckedConfig;
  /** Undefined when the configuration does not say where the gateway is. */
  target: Target | undefined;
}

export interface LookOptions {
  /** Ask it over the network; otherwise only what this machine shows. */
  probe: boolean;
  timeoutMs: number;
}

/** Reads everything anew, so that it can be called again and again while things change. Changes nothing. */
export async function lookHere(
  invocation: Invocation<QueryOptions>,
  { probe, timeoutMs }: LookOptions,
): Promise<LookHere> {
  const { clock } = invocation.cli;
  const settings = await readSettingsQuietly(invocation);
  const config = await checkConfig(invocation, settings);
  const options = { clock, timeoutMs, methods: ['status'] };
  const found = await findTarget(invocation, settings);
  if ('way' in found) {
    const inspection = await inspectGateway({ command: commandName(invocation), way: found.way }, options);
    return { inspection, settings, config, target: undefined };
  }
  const { target } = found;
  const local = localSubject(settings, target, config, () =>
    serviceOf(invocation, { settings, config, target, limitMs: timeoutMs }),
  );
  const network = probe ? networkTarget(invocation, settings, target) : undefined;
  const inspection = await inspectGateway(
    {
      command: commandName(invocation),
      port: invocation.options.port,
      ...(local && { local }),
      ...(network && { network }),
    },
    options,
  );
  return { inspection, settings, config, target };
}

/** What is wrong with flags and variables is thrown; what is wrong with the configuration is a finding. */
async function findTarget(
  invocation: Invocation<QueryOptions>,
  settings: Settings,
): Promise<{ target: Target } | { way: Evidence }> {
  try {
    return { target: await targetOf(invocation, settings) };
  } catch (error) {
    return { way: remoteFault(error) };
  }
}

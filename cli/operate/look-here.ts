import { type Inspection, inspectGateway } from '../../core/verdict/inspect-gateway.ts';
import { targetOf } from '../asked-target.ts';
import { commandName } from '../command-name.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { readSettingsQuietly, type Settings } from '../settings.ts';
import type { Target } from '../target.ts';
import { serviceOf } from './service.ts';
import { type CheckedConfig, checkConfig, localSubject, networkTarget } from './subject.ts';

/** One look at the gateway that options and configuration name. */
export interface LookHere {
  inspection: Inspection;
  settings: Settings;
  config: CheckedConfig;
  target: Target;
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
  const target = await targetOf(invocation, settings);
  const local = localSubject(settings, target, config, () =>
    serviceOf(invocation, { settings, config, target }),
  );
  const network = probe ? networkTarget(invocation, settings, target) : undefined;
  const inspection = await inspectGateway(
    { command: commandName(invocation), ...(local && { local }), ...(network && { network }) },
    { clock, timeoutMs, methods: ['status'] },
  );
  return { inspection, settings, config, target };
}

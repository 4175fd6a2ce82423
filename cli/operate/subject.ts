import { readConfigSchema } from '../../core/config/schema.ts';
import { type Inspection as ConfigInspection, inspect, inspectConfig } from '../../core/config/snapshot.ts';
import type { StartProblem } from '../../core/host/start-checks.ts';
import { exposedPaths, hasLastGood } from '../../core/verdict/local-facts.ts';
import type { LocalSubject } from '../../core/verdict/local-look.ts';
import type { NetworkTarget } from '../../core/verdict/network-look.ts';
import { connectAsProbe } from '../gateway.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import type { Settings } from '../settings.ts';
import { isForRemote, startProblemsOf } from '../start-check.ts';
import { originOf, type Target } from '../target.ts';

/** The configuration of this machine, checked as a gateway would at its start. */
export interface CheckedConfig extends ConfigInspection {
  startProblems: StartProblem[];
  /** The file cannot be used, and one that worked is kept. */
  canRecover: boolean;
}

export async function checkConfig(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
  { paths, file }: Settings,
): Promise<CheckedConfig> {
  const { configPath: path, stateDir } = paths;
  const source = { path, stateDir, env: invocation.cli.env, schema: readConfigSchema() };
  const inspected = file ? inspect(file, source.schema) : await inspectConfig(source);
  const isUsable = inspected.issues.length === 0 && inspected.file.exists;
  const startProblems = isUsable ? await startProblemsOf(invocation, inspected.file) : [];
  const canRecover = inspected.issues.length > 0 && (await hasLastGood(paths.trayDir, source));
  return { ...inspected, startProblems, canRecover };
}

/** The one asked is that of this machine, and the configuration is not for asking one elsewhere. */
export const isHere = ({ source }: Target, { file }: Pick<CheckedConfig, 'file'>): boolean =>
  source === 'local loopback' && !isForRemote(file);

/** The gateway of this machine; undefined when the configuration is for asking one elsewhere. */
export function localSubject(
  { paths }: Settings,
  target: Target,
  checked: CheckedConfig,
  service: LocalSubject['service'],
): LocalSubject | undefined {
  if (!isHere(target, checked)) return undefined;
  const { file, issues, startProblems, canRecover } = checked;
  const { stateDir, trayDir, configPath, profile } = paths;
  // The dev profile brings a configuration of its own at its first start.
  const exists = file.exists || profile === 'dev';
  const config = { exists, issues, startProblems, canRecover };
  const { port } = target;
  return { stateDir, trayDir, configPath, port, config, exposed: () => exposedPaths(paths), service };
}

/** How to ask a gateway without leaving anything behind. */
export const networkTarget = (
  invocation: Invocation<QueryOptions>,
  settings: Settings,
  target: Target,
  isThroughTunnel = false,
): NetworkTarget => ({
  url: target.url,
  origin: originOf(target),
  dial: {
    tlsFingerprint: target.tlsFingerprint,
    allowInsecure: invocation.cli.env.OPENCLAW_ALLOW_INSECURE_PRIVATE_WS === '1',
  },
  connect: (hooks) => connectAsProbe(invocation, { settings, target, hooks, isThroughTunnel }),
});

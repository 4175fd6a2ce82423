import { readConfigSchema } from '../../core/config/schema.ts';
import { type Inspection as ConfigInspection, inspectConfig } from '../../core/config/snapshot.ts';
import type { StartProblem } from '../../core/host/start-checks.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import type { LocalSubject } from '../../core/verdict/local-look.ts';
import type { NetworkTarget } from '../../core/verdict/network-look.ts';
import { connectAsProbe } from '../gateway.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import type { Settings } from '../settings.ts';
import { isForRemote, startProblemsOf } from '../start-check.ts';
import type { Target } from '../target.ts';

/** The configuration of this machine, checked as a gateway would at its start. */
export interface CheckedConfig extends ConfigInspection {
  startProblems: StartProblem[];
}

export async function checkConfig(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
  { paths }: Settings,
): Promise<CheckedConfig> {
  const { configPath: path, stateDir } = paths;
  const source = { path, stateDir, env: invocation.cli.env, schema: readConfigSchema() };
  const inspected = await inspectConfig(source);
  const isUsable = inspected.issues.length === 0 && inspected.file.exists;
  const startProblems = isUsable ? await startProblemsOf(invocation, inspected.file) : [];
  return { ...inspected, startProblems };
}

/** The gateway of this machine; undefined when the configuration is for asking one elsewhere. */
export function localSubject(
  { paths }: Settings,
  target: Target,
  { file, issues, startProblems }: CheckedConfig,
  service: () => Promise<ServiceFacts | undefined>,
): LocalSubject | undefined {
  if (target.source !== 'local loopback' || isForRemote(file)) return undefined;
  const { stateDir, trayDir, profile } = paths;
  // The dev profile brings a configuration of its own at its first start.
  const exists = file.exists || profile === 'dev';
  return { stateDir, trayDir, port: target.port, config: { exists, issues, startProblems }, service };
}

/** How to ask a gateway without leaving anything behind. */
export const networkTarget = (
  invocation: Invocation<QueryOptions>,
  settings: Settings,
  target: Target,
  isThroughTunnel = false,
): NetworkTarget => ({
  url: target.url,
  dial: {
    tlsFingerprint: target.tlsFingerprint,
    allowInsecure: invocation.cli.env.OPENCLAW_ALLOW_INSECURE_PRIVATE_WS === '1',
  },
  connect: (hooks) => connectAsProbe(invocation, { settings, target, hooks, isThroughTunnel }),
});

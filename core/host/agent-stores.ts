import { join } from 'node:path';
import { agentRoster } from '../agents/roster.ts';
import { openApprovals } from '../approvals/approval-desk.ts';
import type { StatePaths } from '../config/paths.ts';
import type { ConfigService } from '../config/service.ts';
import type { Clock } from '../lib/clock.ts';
import { createModelRunner } from '../models/runner.ts';
import type { AgentStores } from '../server/agent-rooms.ts';
import { sessionPolicy } from '../sessions/session-policy.ts';
import { openSessionStore } from '../sessions/session-store.ts';
import type { HostLogs } from './host-logs.ts';
import { openRawStream } from './raw-stream.ts';

export interface AgentStoresOptions {
  paths: StatePaths;
  clock: Clock;
  logs: HostLogs;
  config: ConfigService;
  isDev: boolean;
  cliBackendLogs: boolean;
  /** Where raw model events go, if they are wanted. */
  rawStream: string | undefined;
}

/** Opens what agents need beyond one boot of the gateway. Returns with it the function that closes it all. */
export async function openAgentStores(
  options: AgentStoresOptions,
): Promise<{ stores: AgentStores; close(): Promise<void> }> {
  const { paths, clock, config, isDev, logs } = options;
  const current = () => config.current.config;
  const log = logs.log.child('agent');
  const sessions = await openSessionStore({
    dir: join(paths.trayDir, 'sessions'),
    clock,
    log: logs.log.child('sessions'),
    roster: () => agentRoster(current(), join(paths.stateDir, 'workspace')),
    policy: () => sessionPolicy(current()),
  });
  for (const { path, damagedRecords } of sessions.problems()) {
    log.warn(`${damagedRecords} damaged record(s) in ${path}; the rest of it is used`);
  }
  const approvals = await openApprovals({ dir: paths.trayDir, clock, log: logs.log.child('approvals') });
  const raw = options.rawStream === undefined ? undefined : openRawStream(options.rawStream, log);
  const backend = logs.log.child('cli-backend');
  const models = createModelRunner({
    config: current,
    resolveSecret: (path) => config.resolveSecretAt(path),
    env: config.current.env,
    clock,
    log,
    devEcho: isDev,
    ...(raw ? { rawStream: raw.write } : {}),
    ...(options.cliBackendLogs ? { cliBackendLog: (line: string) => backend.info(line) } : {}),
  });
  const close = async (): Promise<void> => {
    await models.close();
    await approvals.close();
    await sessions.close();
    await raw?.close();
  };
  return { stores: { sessions, models, approvals, devEcho: isDev }, close };
}

import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApprovalDesk, openApprovals } from '../../approvals/approval-desk.ts';
import { type Clock, systemClock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { silentLogger } from '../../lib/log.ts';
import type { Network } from '../pinned-request.ts';
import type { SessionAccess } from '../session-tools.ts';
import type { ToolContext, ToolResult } from '../tool.ts';
import { createTools, type Toolbox } from '../toolbox.ts';

/** Real directories, processes and an approval desk around a toolbox. */
export interface ToolBench {
  root: string;
  workspace: string;
  desk: ApprovalDesk;
  tools: Toolbox;
  config: Json;
  abort: AbortController;
  call(name: string, args: unknown, ctx?: Partial<ToolContext>): Promise<ToolResult>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface BenchOptions {
  config?: Json;
  network?: Network;
  sessions?: SessionAccess;
  clock?: Clock;
  env?: NodeJS.ProcessEnv;
}

const noSessions: SessionAccess = {
  list: async () => [],
  find: async () => undefined,
  history: async () => [],
  send: async () => ({ status: 'error' }),
};

export async function openBench(options: BenchOptions = {}): Promise<ToolBench> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tools-')));
  const state = join(root, 'state');
  const workspace = join(state, 'workspace');
  const clock = options.clock ?? systemClock;
  const desk = await openApprovals({ dir: join(state, 'tray'), clock, log: silentLogger });
  const bench = { config: options.config ?? {}, abort: new AbortController() };
  const tools = createTools({
    config: () => bench.config,
    env: options.env ?? process.env,
    clock,
    log: silentLogger,
    approvals: desk,
    sessions: options.sessions ?? noSessions,
    closedDirs: [state],
    ...(options.network && { network: options.network }),
  });
  const call = (name: string, args: unknown, ctx: Partial<ToolContext> = {}): Promise<ToolResult> =>
    tools.run(
      { id: 'call-1', name, args },
      {
        agentId: 'main',
        sessionKey: 'agent:main:main',
        workspace,
        signal: bench.abort.signal,
        runId: 'run-1',
        toolCallId: 'call-1',
        ...ctx,
      },
    );
  const dispose = async (): Promise<void> => {
    bench.abort.abort();
    await desk.close();
    await rm(root, { recursive: true, force: true });
  };
  await call('ls', {});
  return Object.assign(bench, { root, workspace, desk, tools, call, [Symbol.asyncDispose]: dispose });
}

export const textOf = (result: ToolResult): string => result.content.map(({ text }) => text).join('');

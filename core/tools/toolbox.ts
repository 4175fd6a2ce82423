import type { ApprovalDesk } from '../approvals/approval-desk.ts';
import type { ApprovalInput } from '../approvals/approval-request.ts';
import type { Clock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { askApproval, askedBy, claimApproval } from './approval-gate.ts';
import { checkArguments } from './argument-schema.ts';
import { createExecTool } from './exec-tool.ts';
import { createFsTools } from './fs-tools.ts';
import { type Network, systemNetwork } from './pinned-request.ts';
import { createAddressGuard } from './public-address.ts';
import { createSessionTools, type SessionAccess } from './session-tools.ts';
import {
  errorResult,
  type Tool,
  type ToolCall,
  type ToolContext,
  ToolRefusal,
  type ToolResult,
} from './tool.ts';
import { type ToolCatalog, toolCatalog } from './tool-catalog.ts';
import { toolPolicy } from './tool-policy.ts';
import { createWebFetchTool } from './web-fetch.ts';

export interface ToolDeps {
  config(): Json;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Logger;
  approvals: ApprovalDesk;
  sessions: SessionAccess;
  /** Directories no tool may touch: the state of the gateway, with its rules and secrets. */
  closedDirs: readonly string[];
  /** Names and connections; those of the operating system, public addresses only, unless given. */
  network?: Network;
}

export interface Toolbox {
  /** The answer to `tools.catalog`. */
  catalog(agentId: string): ToolCatalog;
  /** The tools a model of this agent is told about; those that are denied are not among them. */
  forAgent(agentId: string, model?: { provider: string; model: string }): Tool[];
  /** Never throws: whatever goes wrong is a result with `isError` for the model. */
  run(call: ToolCall, ctx: ToolContext): Promise<ToolResult>;
}

const MAX_RESULT_CHARS = 400_000;

export function createTools(deps: ToolDeps): Toolbox {
  const network = deps.network ?? systemNetwork(createAddressGuard());
  const tools = [
    ...createFsTools(deps.closedDirs),
    createExecTool({ ...deps, closed: deps.closedDirs }),
    createWebFetchTool({ ...deps, network }),
    ...createSessionTools(deps),
  ];
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const run = async (call: ToolCall, ctx: ToolContext): Promise<ToolResult> => {
    const tool = byName.get(call.name);
    if (tool === undefined) return errorResult(`Tool ${shownName(call.name)} not found`);
    try {
      return capped(await runGuarded(deps, tool, call, ctx));
    } catch (error) {
      return failure(deps.log, tool, error, ctx);
    }
  };
  return {
    catalog: (agentId) => toolCatalog(agentId, tools),
    forAgent: (agentId, model) =>
      tools
        .filter(
          (tool) => toolPolicy(deps.config(), { agentId, ...(model && { model }) }, tool.name) !== 'deny',
        )
        .map((tool) => ({
          ...tool,
          run: (args, ctx) => run({ id: ctx.toolCallId, name: tool.name, args }, ctx),
        })),
    run,
  };
}

/** The one way to a tool: policy, arguments, approval, then the deed. */
async function runGuarded(deps: ToolDeps, tool: Tool, call: ToolCall, ctx: ToolContext): Promise<ToolResult> {
  const subject = { agentId: ctx.agentId, ...(ctx.model && { model: ctx.model }) };
  const policy = toolPolicy(deps.config(), subject, tool.name);
  if (policy === 'deny') {
    throw new ToolRefusal(`The tool ${tool.name} is denied for this agent by configuration (tools).`, {
      status: 'denied',
    });
  }
  const args = checkArguments(tool.parameters, call.args);
  if (!args.ok) throw new ToolRefusal(`${tool.name}: ${args.reason}.`, { status: 'bad-arguments' });
  // exec asks by itself, because what it asks about is the command and not the call.
  if (policy === 'ask' && tool.name !== 'exec') await permitCall(deps.approvals, tool, args.value, ctx);
  if (ctx.signal.aborted) throw new ToolRefusal('The run was stopped before the tool started.');
  return tool.run(args.value, ctx);
}

async function permitCall(desk: ApprovalDesk, tool: Tool, args: Json, ctx: ToolContext): Promise<void> {
  const input: ApprovalInput = {
    ...askedBy(ctx),
    command: `${tool.name} ${JSON.stringify(args)}`,
    cwd: ctx.workspace,
    host: 'gateway',
    ask: 'always',
    unavailableDecisions: ['allow-always'],
  };
  const id = await askApproval(desk, input, ctx.signal);
  claimApproval(desk, id, input);
}

function failure(log: Logger, tool: Tool, error: unknown, ctx: ToolContext): ToolResult {
  if (error instanceof ToolRefusal) return capped(errorResult(error.message, error.details));
  if (error instanceof RpcError)
    return errorResult(`${tool.name}: ${error.message}.`, { status: error.code });
  if (ctx.signal.aborted) return errorResult('The run was stopped.', { status: 'aborted' });
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  log.error(`tool ${tool.name} failed`, { code, error: String(error), runId: ctx.runId });
  return errorResult(`${tool.name} failed${typeof code === 'string' ? ` (${code})` : ''}.`, {
    status: 'failed',
  });
}

function capped(result: ToolResult): ToolResult {
  const content = result.content.map(({ text }) => ({
    type: 'text' as const,
    text: text.length > MAX_RESULT_CHARS ? `${text.slice(0, MAX_RESULT_CHARS)}\n[cut]` : text,
  }));
  return { ...result, content };
}

/** A name a model made up can be anything; the answer stays one short line. */
const shownName = (name: unknown): string =>
  String(name)
    .replace(/[^\w.:-]/g, '?')
    .slice(0, 64);

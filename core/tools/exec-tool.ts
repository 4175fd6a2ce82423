import type { ApprovalDesk, Assessment } from '../approvals/approval-desk.ts';
import type { ApprovalInput } from '../approvals/approval-request.ts';
import { execPolicyFrom } from '../approvals/exec-policy.ts';
import type { Clock } from '../lib/clock.ts';
import { asNumber, asObject, type Json } from '../lib/json.ts';
import { askApproval, askedBy, claimApproval } from './approval-gate.ts';
import { type ExecCommand, isUnchanged, resolveCommand } from './exec-command.ts';
import { type ExecOutcome, runCommand } from './exec-process.ts';
import {
  errorResult,
  type Tool,
  type ToolContext,
  ToolRefusal,
  type ToolResult,
  textResult,
} from './tool.ts';
import { agentRow, execLayers, toolPolicy } from './tool-policy.ts';
import { openWorkspace, type Workspace } from './workspace-path.ts';

export interface ExecDeps {
  config(): Json;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  approvals: ApprovalDesk;
  closed: readonly string[];
}

const DEFAULT_TIMEOUT_S = 120;
const MAX_TIMEOUT_S = 1800;
const MAX_OUTPUT_BYTES = 200 * 1024;
const MAX_COMMAND_CHARS = 100_000;

export const createExecTool = (deps: ExecDeps): Tool => ({
  name: 'exec',
  label: 'Run command',
  description:
    'Run a command in the workspace and return its output. Processes it leaves behind are ended with it.',
  group: 'exec',
  parameters: {
    type: 'object',
    properties: {
      command: {
        type: 'string',
        minLength: 1,
        maxLength: MAX_COMMAND_CHARS,
        description: 'Line for the shell',
      },
      argv: {
        type: 'array',
        minItems: 1,
        items: { type: 'string', maxLength: MAX_COMMAND_CHARS },
        description: 'Program and arguments, run without a shell; instead of command',
      },
      cwd: { type: 'string', minLength: 1, description: 'Directory inside the workspace' },
      env: {
        type: 'object',
        additionalProperties: { type: 'string', maxLength: 32_768 },
        description: 'Additional variables',
      },
      timeoutSeconds: { type: 'integer', minimum: 1, maximum: MAX_TIMEOUT_S },
    },
  },
  run: async (args, ctx) => {
    const workspace = await openWorkspace(ctx.workspace, deps.closed);
    const command = await resolveCommand(args as Json, workspace, deps.env);
    await permit(deps, command, workspace, ctx);
    const limits = {
      timeoutMs: timeoutMs(deps.config(), args as Json, ctx),
      maxOutputBytes: MAX_OUTPUT_BYTES,
    };
    return resultOf(await runCommand(command, limits, deps.clock, ctx.signal), limits.timeoutMs);
  },
});

/** Returns when the command may run as it is; throws a refusal otherwise. */
async function permit(
  deps: ExecDeps,
  command: ExecCommand,
  workspace: Workspace,
  ctx: ToolContext,
): Promise<void> {
  const assessment = await assess(deps, command, ctx);
  if (assessment.verdict === 'deny') {
    throw new ToolRefusal(
      'This command is denied by the exec policy (security or ask). A person can change it with exec.approvals.set.',
      { status: 'denied' },
    );
  }
  if (assessment.verdict === 'ask') {
    const input = approvalInput(command, assessment, ctx);
    const id = await askApproval(deps.approvals, input, ctx.signal);
    if (!(await isUnchanged(command, workspace))) {
      throw new ToolRefusal(
        'A file this command uses changed after it was shown for approval; nothing was run.',
      );
    }
    claimApproval(deps.approvals, id, input);
  }
  if (ctx.signal.aborted) throw new ToolRefusal('The run was stopped before the command started.');
}

function assess(deps: ExecDeps, command: ExecCommand, ctx: ToolContext): Promise<Assessment> {
  const config = deps.config();
  const said = toolPolicy(config, { agentId: ctx.agentId, ...(ctx.model && { model: ctx.model }) }, 'exec');
  const layers = [...execLayers(config, ctx.agentId, said), execPolicyFrom(ctx.exec ?? {})];
  const subject = {
    agentId: ctx.agentId,
    program: command.program,
    argv: command.argv,
    shell: command.line !== undefined,
    ownEnv: Object.keys(command.ownEnv).length > 0,
    ownFiles: command.files.length > 0,
  };
  return deps.approvals.assess(subject, layers);
}

function approvalInput(command: ExecCommand, { policy }: Assessment, ctx: ToolContext): ApprovalInput {
  return {
    ...askedBy(ctx),
    ...(command.line !== undefined && { command: command.line }),
    argv: command.argv,
    cwd: command.cwd,
    env: command.ownEnv,
    host: 'gateway',
    resolvedPath: command.program,
    security: policy.security,
    ask: policy.ask,
    files: command.files,
    warningText:
      command.realProgram === command.program
        ? null
        : `${command.program} is a link to ${command.realProgram}.`,
  };
}

function timeoutMs(config: Json, args: Json, ctx: ToolContext): number {
  const own = asObject(asObject(agentRow(config, ctx.agentId).tools).exec).timeoutSec;
  const shared = asObject(asObject(config.tools).exec).timeoutSec;
  const configured = asNumber(own) ?? asNumber(shared) ?? DEFAULT_TIMEOUT_S;
  const seconds = asNumber(args.timeoutSeconds) ?? configured;
  return Math.min(Math.max(1, seconds), MAX_TIMEOUT_S) * 1000;
}

function resultOf(outcome: ExecOutcome, timeout: number): ToolResult {
  const { status, exitCode, signal, durationMs, leftOut } = outcome;
  const details = { status, exitCode, signal, durationMs, leftOut };
  const note = endNote(outcome, timeout);
  const text = [outcome.output.replace(/\n$/, ''), note].filter(Boolean).join('\n') || '(no output)';
  return note === undefined ? textResult(text, details) : errorResult(text, details);
}

function endNote({ status, reason, exitCode, signal }: ExecOutcome, timeout: number): string | undefined {
  if (status === 'timeout') return `[ended after ${timeout / 1000} s, the time it had]`;
  if (status === 'aborted') return '[ended because the run was stopped]';
  if (status === 'failed') return `[could not be started (${reason})]`;
  if (signal !== null) return `[ended by ${signal}]`;
  return exitCode === 0 ? undefined : `[exit code ${exitCode}]`;
}

import type { Roster } from '../../agents/roster.ts';
import type { ApprovalDesk, ApprovalsSnapshot } from '../../approvals/approval-desk.ts';
import type { ApprovalInput } from '../../approvals/approval-request.ts';
import {
  type ApprovalOutcome,
  type PendingApproval,
  unknownApproval,
} from '../../approvals/pending-approvals.ts';
import type { Params } from '../../protocol/contract.ts';
import { invalidRequest, RpcError } from '../../protocol/errors.ts';
import type { approvalMethods } from '../../protocol/methods/approvals.ts';
import type { Toolbox } from '../../tools/toolbox.ts';
import { approvalRow } from '../approval-events.ts';
import type { CallContext } from '../context.ts';
import type { HandlersOf } from './handlers.ts';

export interface ApprovalDeps {
  approvals: ApprovalDesk;
  toolbox: Toolbox;
  roster(): Roster;
}

/** Ids with this beginning belong to another kind of question. */
const RESERVED_ID = 'plugin:';

export function approvalHandlers(deps: ApprovalDeps): HandlersOf<keyof typeof approvalMethods> {
  const { approvals } = deps;
  return {
    'exec.approvals.get': async () => snapshotView(await approvals.snapshot()),
    'exec.approvals.set': async ({ file, baseHash }) => snapshotView(await approvals.set(file, baseHash)),
    'exec.approval.request': (params, context) => ask(approvals, params, context),
    'exec.approval.waitDecision': async ({ id }, { signal }) => {
      if (typeof id !== 'string' || id.trim() === '') throw invalidRequest('id is required');
      const outcome = await decisionOn(approvals, id.trim(), signal);
      return { ...answerOf(outcome), terminalReason: TERMINAL_REASONS[outcome.reason] };
    },
    'exec.approval.resolve': async ({ id, decision, reviewer }, { client, deviceId }) => {
      // A reviewer is a person of a message channel, and there is no channel that vouches for them.
      if (reviewer) throw unknownApproval();
      await approvals.resolve(id, decision, client.displayName ?? client.id, deviceId);
      return { ok: true };
    },
    'exec.approval.list': () => approvals.list().map(approvalRow),
    'exec.approval.get': ({ id }) => {
      const pending = approvals.get(id);
      if (!pending) throw unknownApproval();
      return pendingView(pending);
    },
    'tools.catalog': (params) => toolCatalog(deps, params?.agentId),
  };
}

const TERMINAL_REASONS = { decided: 'user', expired: 'timeout', cancelled: 'run-aborted' } as const;

type Question = Params<'exec.approval.request'>;

/** With `twoPhase` the first answer says that the question is open, the second what was decided. */
async function ask(desk: ApprovalDesk, params: Question, context: CallContext) {
  const { id, createdAtMs, expiresAtMs } = desk.request(inputOf(params));
  const decided = decisionOn(desk, id, context.signal).then(answerOf);
  if (!params.twoPhase) return decided;
  context.answerAgain(decided);
  return { status: 'accepted' as const, id, createdAtMs, expiresAtMs };
}

/** The question outlives its caller: whoever asked may come back and wait for the decision. */
async function decisionOn(desk: ApprovalDesk, id: string, signal: AbortSignal): Promise<ApprovalOutcome> {
  const outcome = await desk.waitDecision(id, signal);
  if (!outcome) throw new RpcError('UNAVAILABLE', 'the connection ended before a decision');
  return outcome;
}

const answerOf = ({ id, decision, reason, createdAtMs, expiresAtMs }: ApprovalOutcome) => ({
  id,
  decision: reason === 'decided' ? decision : null,
  createdAtMs,
  expiresAtMs,
});

function inputOf(params: Question): ApprovalInput {
  const { id, command, env, host, nodeId, resolvedPath, security, ask, warningText } = params;
  const { sessionId, runId, toolCallId, unavailableDecisions, timeoutMs } = params;
  if (id?.startsWith(RESERVED_ID)) {
    throw invalidRequest(`approval ids starting with ${RESERVED_ID} are reserved`);
  }
  const about = host === 'node' ? nodeCommand(params) : ownCommand(params);
  const asker = { sessionId, runId, toolCallId };
  const rules = { security, ask, warningText, unavailableDecisions, timeoutMs };
  return { id, command, env, host, nodeId, resolvedPath, ...asker, ...rules, ...about };
}

type Subject = Pick<ApprovalInput, 'command' | 'argv' | 'cwd' | 'agentId' | 'sessionKey' | 'files'>;

function ownCommand({ command, commandArgv, cwd, agentId, sessionKey }: Question): Subject {
  if (command === undefined || command.trim() === '') throw invalidRequest('command is required');
  return { command, argv: commandArgv, cwd, agentId, sessionKey };
}

/** What a node runs is its plan and nothing else the request says. */
function nodeCommand({ nodeId, systemRunPlan: plan }: Question): Subject {
  if (!nodeId) throw invalidRequest('nodeId is required for host=node');
  if (!plan) throw invalidRequest('systemRunPlan is required for host=node');
  if (plan.argv.length === 0) throw invalidRequest('commandArgv is required for host=node');
  const { argv, cwd, agentId, sessionKey, commandText, mutableFileOperand: file } = plan;
  const files = file ? [{ path: file.path, sha256: file.sha256 }] : [];
  return { command: commandText, argv, cwd, agentId, sessionKey, files };
}

function pendingView({ id, request, allowedDecisions, expiresAtMs }: PendingApproval) {
  const { command, host, nodeId, agentId } = request;
  return {
    id,
    commandText: command,
    commandPreview: null,
    allowedDecisions,
    host,
    nodeId,
    agentId,
    expiresAtMs,
  };
}

const snapshotView = ({ file, ...snapshot }: ApprovalsSnapshot) => ({ ...snapshot, file: { ...file } });

function toolCatalog({ toolbox, roster }: ApprovalDeps, asked: string | undefined) {
  const { defaultId, agents } = roster();
  const agentId = asked ?? defaultId;
  if (!agents.some(({ id }) => id === agentId)) throw invalidRequest(`unknown agent id "${agentId}"`);
  return toolbox.catalog(agentId);
}

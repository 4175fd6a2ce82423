import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { Agent } from '../agents/roster.ts';
import type { ModelEvent, ModelMessage, ModelRef, ToolSpec } from '../models/model.ts';
import type { ModelError } from '../models/model-error.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { SessionEntry } from '../sessions/session-types.ts';
import type { RunRequest } from './run-desk.ts';
import { systemPrompt } from './system-prompt.ts';
import { type MessageBody, modelMessages, pastOf } from './transcript.ts';
import type { TurnDeps } from './turn.ts';

export interface RunContextDeps {
  sessions: SessionStore;
  agent(agentId: string): Agent | undefined;
  /** The models to try, the first one first. */
  resolve(
    agent: Agent | undefined,
    entry: SessionEntry | undefined,
  ): Promise<{ chain: ModelRef[] } | { error: ModelError }>;
  stream(chain: ModelRef[], request: StreamRequest): AsyncIterable<ModelEvent>;
  tools(agentId: string, model: ModelRef): readonly ToolSpec[];
  /** Whether asking this model does nothing but let it answer. */
  mayAskEarly(model: ModelRef): boolean;
  /** Whether a run has not ended yet. */
  isLive(runId: string): boolean;
}

export interface StreamRequest {
  system: string | undefined;
  messages: ModelMessage[];
  tools: readonly ToolSpec[];
  thinking?: string;
  signal: AbortSignal;
  session: { id: string; resume?: string };
  cwd: string;
}

export interface AgentTask {
  thinking?: string | undefined;
  extraSystemPrompt?: string | undefined;
}

/** All that a run has to know before its model can be asked. */
export interface RunContext {
  agent: Agent | undefined;
  chain: ModelRef[];
  first: ModelRef;
  past: ModelMessage[];
  tools: readonly ToolSpec[];
  stream: TurnDeps['stream'];
}

/** Messages of the past that a model is told. */
const HISTORY_LIMIT = 400;
const HISTORY_BYTES = 4 * 1024 * 1024;

/** `question` is the message of the run itself, when it may not be in the transcript yet. */
export async function runContext(
  deps: RunContextDeps,
  task: AgentTask,
  run: RunRequest,
  question?: MessageBody,
): Promise<RunContext> {
  const agent = deps.agent(run.agentId);
  const resolved = await deps.resolve(agent, deps.sessions.get(run.sessionKey));
  if ('error' in resolved) throw resolved.error;
  const { chain } = resolved;
  const [first] = chain;
  if (!first) throw new Error('a chain of models is never empty');
  const cwd = agent?.workspace ?? '';
  const [past, system] = await Promise.all([
    pastOfRun(deps, run, question),
    systemPrompt(agent, task.extraSystemPrompt),
    // A program that answers like a model works there, and a new agent has none yet.
    cwd === '' || existsSync(cwd) ? undefined : mkdir(cwd, { recursive: true, mode: 0o700 }).catch(() => {}),
  ]);
  const entry = deps.sessions.get(run.sessionKey);
  const thinking = task.thinking ?? entry?.thinkingLevel ?? agent?.thinkingDefault;
  const resume = entry?.cliSessions?.[first.provider];
  const session = { id: run.sessionId, ...(resume === undefined ? {} : { resume }) };
  const common = { system, cwd, session, ...(thinking ? { thinking } : {}) };
  const stream: TurnDeps['stream'] = (messages, tools, signal) =>
    deps.stream(chain, { ...common, messages, tools, signal });
  return { agent, chain, first, past, tools: deps.tools(run.agentId, first), stream };
}

/** What was said before this run, with its own message, as the model is told it. */
export async function pastOfRun(
  { sessions, isLive }: RunContextDeps,
  { runId, sessionKey }: RunRequest,
  question?: MessageBody,
): Promise<ModelMessage[]> {
  const { messages } = await sessions.history(sessionKey, { limit: HISTORY_LIMIT, maxBytes: HISTORY_BYTES });
  const known =
    question === undefined
      ? messages
      : [...messages.filter((one) => one.runId !== runId), { id: runId, seq: 0, runId, message: question }];
  return modelMessages(pastOf(runId, known, isLive));
}

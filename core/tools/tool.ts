import type { Json } from '../lib/json.ts';
import type { ArgumentSchema } from './argument-schema.ts';

export const TOOL_GROUPS = ['fs', 'exec', 'web', 'sessions'] as const;
export type ToolGroup = (typeof TOOL_GROUPS)[number];

/** Who calls, and on whose behalf. `signal` ends the call and everything it started. */
export interface ToolContext {
  agentId: string;
  sessionKey: string;
  /** Absolute directory of the agent. */
  workspace: string;
  signal: AbortSignal;
  runId: string;
  toolCallId: string;
  sessionId?: string;
  /** Can only tighten what configuration and the approvals file say. */
  exec?: { security?: string; ask?: string };
  /** The model in use: rules of `tools.byProvider` look at it. */
  model?: { provider: string; model: string };
}

export interface ToolResult {
  content: { type: 'text'; text: string }[];
  isError?: boolean;
  details?: Json;
}

/** A tool as the model is told about it. */
export interface Tool {
  name: string;
  /** For people: `Read file`. */
  label: string;
  description: string;
  parameters: ArgumentSchema;
  group: ToolGroup;
  /** `args` come from a model and may be anything; the answer to bad ones is a result with `isError`. */
  run(args: unknown, ctx: ToolContext): Promise<ToolResult>;
}

export interface ToolCall {
  id: string;
  name: string;
  args: unknown;
}

/** A refusal the model is told about word by word. */
export class ToolRefusal extends Error {
  readonly details: Json | undefined;

  constructor(message: string, details?: Json) {
    super(message);
    this.name = 'ToolRefusal';
    this.details = details;
  }
}

export const textResult = (text: string, details?: Json): ToolResult => ({
  content: [{ type: 'text', text }],
  ...(details && { details }),
});

export const errorResult = (text: string, details?: Json): ToolResult => ({
  ...textResult(text, details),
  isError: true,
});

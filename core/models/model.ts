import type { Json } from '../lib/json.ts';

/** Written `provider/model`; a CLI backend is a provider whose name is the id of the backend. */
export interface ModelRef {
  provider: string;
  model: string;
}

export interface ToolSpec {
  name: string;
  description: string;
  /** JSON Schema of the arguments. */
  parameters: Json;
}

/** Data that a provider wants back unchanged with the next request, such as the signature of a thought. */
export type ProviderMetadata = Record<string, Json>;

export type UserPart =
  | { type: 'text'; text: string }
  /** `data` is base64. */
  | { type: 'file'; mimeType: string; data: string; name?: string };

export type AssistantPart =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string; providerMetadata?: ProviderMetadata }
  | { type: 'tool-call'; id: string; name: string; args: unknown; providerMetadata?: ProviderMetadata };

export interface ToolResultPart {
  type: 'tool-result';
  /** The id of the call that it answers. */
  id: string;
  name: string;
  text: string;
  isError?: boolean;
}

export type AssistantMessage = { role: 'assistant'; content: string | AssistantPart[] };

export type ModelMessage =
  | { role: 'user'; content: string | UserPart[] }
  | AssistantMessage
  | { role: 'tool'; content: ToolResultPart[] };

/** Tokens. `input` does not count what was read from or written to the provider's cache. */
export interface Usage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  totalTokens: number;
  /** Part of `output`. */
  reasoning?: number;
  /** US dollars; absent when the configuration names no price. */
  cost?: UsageCost;
}

export interface UsageCost {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  total: number;
}

export type ModelEvent =
  | { type: 'text'; delta: string }
  /** One with `providerMetadata` closes a block of reasoning; its delta may be empty. */
  | { type: 'reasoning'; delta: string; providerMetadata?: ProviderMetadata }
  /** `args` is what the model wrote: text when it was not JSON. Check it against the tool's parameters. */
  | { type: 'tool-call'; id: string; name: string; args: unknown; providerMetadata?: ProviderMetadata }
  | { type: 'usage'; usage: Usage }
  | {
      type: 'finish';
      /** `error`: the provider withheld the rest, for instance by a content filter. */
      reason: 'stop' | 'length' | 'tool-calls' | 'error';
      responseId?: string;
      responseModel?: string;
      /** Of a CLI backend: give it as `session.resume` next time. */
      sessionId?: string;
    }
  /** An event as the provider sent it; only while the raw stream is recorded. */
  | { type: 'raw'; event: unknown }
  /** Only from `streamWithFallback`, and only before anything visible came from `from`. */
  | { type: 'fallback'; from: ModelRef; to: ModelRef; reason: string };

export interface ModelRequest {
  model: ModelRef;
  system: string | undefined;
  messages: ModelMessage[];
  tools: ToolSpec[];
  /** `off`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max` or `adaptive`. */
  thinking?: string;
  /** Output tokens; the configured `maxTokens` of the model when absent. */
  maxTokens?: number;
  signal: AbortSignal;
  /** `id` is a UUID of ours; `resume` is what a finish event gave as `sessionId`. For CLI backends. */
  session?: { id: string; resume?: string };
  /** Directory a CLI backend works in: the agent's workspace. The home directory when absent. */
  cwd?: string;
}

export interface ModelRunner {
  /**
   * Streams one answer; ends after exactly one `finish`, or throws a `ModelError`. Leaving the loop early
   * ends the request, or the processes of a CLI backend.
   */
  stream(request: ModelRequest): AsyncIterable<ModelEvent>;
}

export const refText = (ref: ModelRef): string => `${ref.provider}/${ref.model}`;

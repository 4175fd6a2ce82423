import type { Requester } from './run-ownership.ts';

/** What a run tells as it goes; the server turns it into `agent` and `chat` events. Times are epoch milliseconds. */
export type RunEvent =
  | { type: 'status'; phase: 'preparing_workspace' | 'preparing_context' | 'starting_model' }
  | { type: 'start'; startedAt: number }
  | { type: 'model'; provider: string | null; model: string | null }
  /** `text` is all of the reply so far, `delta` what is new. */
  | { type: 'text'; text: string; delta: string; itemId: string }
  | { type: 'usage'; outputTokens: number }
  | { type: 'tool-start'; name: string; toolCallId: string; args: unknown }
  | { type: 'tool-result'; name: string; toolCallId: string; isError: boolean; result: unknown }
  /** The conversation was too long for the model; with `end` it is shorter, or `reason` says why it is not. */
  | { type: 'compaction'; phase: 'start' }
  | { type: 'compaction'; phase: 'end'; completed: boolean; reason?: string }
  | { type: 'fallback'; from: string; to: string | undefined; reason: string; detail: string }
  | RunEnd;

export type RunEnd =
  | {
      type: 'end';
      startedAt: number;
      endedAt: number;
      stopReason: string;
      text: string;
      provider: string;
      model: string;
    }
  | {
      type: 'aborted';
      startedAt: number;
      endedAt: number;
      origin: 'rpc' | 'timeout' | 'shutdown';
      text: string;
    }
  | { type: 'error'; startedAt: number; endedAt: number; message: string; detail: RunErrorDetail };

export interface RunErrorDetail {
  kind: string;
  provider?: string;
  model?: string;
  httpStatus?: number;
}

/** Who runs, and where. */
export interface RunIdentity {
  runId: string;
  sessionKey: string;
  sessionId: string;
  agentId: string;
  /** The client that began it; nobody may end it but this one and admins. */
  owner?: Requester | undefined;
  /** How it gets ready is not told. */
  quiet?: boolean;
}

export interface RunUsage {
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  totalTokens: number;
  cost: number | undefined;
}

/** How a run ended, for those who wait for it; kept for five minutes. */
export interface RunOutcome {
  runId: string;
  status: 'ok' | 'error' | 'aborted';
  startedAt: number;
  endedAt: number;
  end: RunEnd;
  usage: RunUsage | undefined;
}

import type { Json } from '../lib/json.ts';
import type { ErrorShape } from '../protocol/frames.ts';

function omit(value: Json, ...keys: string[]): Json {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

const withoutDefaults = (result: Json): Json => omit(result, 'resolvedDefaults');

/** How protocol 3 says the results of the approval methods. */
export const APPROVAL_RESULTS_V3: Record<string, (result: Json) => unknown> = {
  'exec.approvals.get': withoutDefaults,
  'exec.approvals.set': withoutDefaults,
  'exec.approval.waitDecision': (result) => omit(result, 'terminalReason'),
};

/** Names that v3 did not have in a question. What warns a reader stays. */
const V4_ONLY = ['scope', 'allowedDecisions', 'unavailableDecisions', 'sessionId', 'runId', 'toolCallId'];

export function approvalEventV3(payload: Json): Json {
  return { ...omit(payload, 'approvalKind'), request: omit(payload.request as Json, ...V4_ONLY) };
}

/** v3 gave no reasons, and knew a decided question no more than one that never was. */
export function approvalErrorV3({ code, message, details }: ErrorShape): ErrorShape | undefined {
  const reason = details?.reason;
  if (typeof reason !== 'string' || !reason.startsWith('APPROVAL_')) return undefined;
  if (reason === 'APPROVAL_ALREADY_RESOLVED') return { code, message: 'unknown or expired approval id' };
  return { code, message };
}

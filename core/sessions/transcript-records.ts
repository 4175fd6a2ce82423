import type { Json } from '../lib/json.ts';
import { patchRecord, type RunNote, type SessionPatch, type StoredMessage } from './session-types.ts';

/** What a transcript gets in one write. */
export function transcriptRecords(
  messages: readonly StoredMessage[],
  at: number,
  patch: SessionPatch | undefined,
  run?: RunNote,
): Json[] {
  return [
    ...messages.map((message) => ({ type: 'message', at, ...message })),
    ...(patch ? [{ type: 'entry', at, patch: patchRecord(patch) }] : []),
    ...(run ? [{ type: 'run', at, ...run }] : []),
  ];
}

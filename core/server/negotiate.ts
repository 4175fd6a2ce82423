import type { ConnectParams } from '../protocol/connect.ts';
import { RpcError } from '../protocol/errors.ts';
import { PROTOCOL } from '../protocol/frames.ts';
import { type Dialect, v3, v4 } from './dialect.ts';

export { v4 };

export interface Negotiated {
  /** The dialect of the conversation; absent when no version suits both. */
  dialect: Dialect | undefined;
  /** How to word refusals, also when there is no dialect. */
  era: 3 | 4;
  mismatch: RpcError;
}

/**
 * Picks the newest version that lies in the client's range. It reads raw params, because even what is wrong
 * with them has to be said in the client's own dialect.
 */
export function negotiate(params: unknown): Negotiated {
  const { minProtocol, maxProtocol } = (params ?? {}) as { minProtocol?: unknown; maxProtocol?: unknown };
  const min = typeof minProtocol === 'number' ? minProtocol : Number.NaN;
  const max = typeof maxProtocol === 'number' ? maxProtocol : Number.NaN;
  const speaks = (version: number): boolean => min <= version && version <= max;
  const dialect = speaks(PROTOCOL.current) ? v4 : speaks(PROTOCOL.oldest) ? v3 : undefined;
  const mismatch = new RpcError('INVALID_REQUEST', 'protocol mismatch', {
    code: 'PROTOCOL_MISMATCH',
    clientMinProtocol: min,
    clientMaxProtocol: max,
    expectedProtocol: PROTOCOL.current,
    minimumProbeProtocol: PROTOCOL.oldest,
  });
  return { dialect, era: max <= PROTOCOL.oldest ? 3 : 4, mismatch };
}

const V4_CLIENTS = [
  'openclaw-tui',
  'openclaw-browser-copilot',
  'openclaw-linux',
  'openclaw-watchos',
  'openclaw-worker',
];

/** What a v3 gateway would say of a client it cannot know; undefined when the client is known. */
export function acceptsClient(era: 3 | 4, params: ConnectParams): string | undefined {
  if (era === 4) return undefined;
  const unknown = V4_CLIENTS.includes(params.client.id) ? '/client/id' : undefined;
  const where = unknown ?? (params.client.mode === 'worker' ? '/client/mode' : undefined);
  return where && `at ${where}: must be equal to constant; at ${where}: must match a schema in anyOf`;
}

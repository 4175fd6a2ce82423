import type { WebSocket } from 'ws';
import { LIMITS } from '../protocol/frames.ts';

/**
 * What one frame of a stranger may cost. Parts count as well as bytes: each is an object of its own, so that a
 * few kilobytes in parts of one byte weigh as much as megabytes.
 */
export const STRANGER_LIMITS = {
  maxPayload: LIMITS.preAuthFrameBytes,
  maxFragments: 16,
  maxBufferedChunks: 256,
} as const;

const CLIENT_LIMITS = {
  _maxPayload: LIMITS.frameBytes,
  _maxFragments: 16_384,
  _maxBufferedChunks: 262_144,
} as const;

/**
 * Raises the limits of one socket once its client is known. `ws` sets them for a whole server only, and
 * every socket here starts with the small ones; its receiver keeps them under these names.
 */
export function raiseFrameLimits(socket: WebSocket): void {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  for (const [name, limit] of Object.entries(CLIENT_LIMITS)) {
    if (typeof receiver !== 'object' || receiver === null || !Reflect.has(receiver, name)) {
      throw new Error('this release of ws keeps its frame limits elsewhere');
    }
    Reflect.set(receiver, name, limit);
  }
}

import type { WebSocket } from 'ws';

/**
 * Raises the frame limit of one socket once its client is known. `ws` sets the limit for a whole server
 * only, and every socket here starts with the small one; its receiver keeps the number in `_maxPayload`.
 */
export function raiseFrameLimit(socket: WebSocket, bytes: number): void {
  const receiver: unknown = Reflect.get(socket, '_receiver');
  if (typeof receiver !== 'object' || receiver === null || !Reflect.has(receiver, '_maxPayload')) {
    throw new Error('this release of ws keeps its frame limit elsewhere');
  }
  Reflect.set(receiver, '_maxPayload', bytes);
}

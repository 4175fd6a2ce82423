import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Hands on what either side says, and the end of it, until both have ended or one is gone. */
export function bridge(socket: Socket, stream: Duplex): void {
  stream.on('error', () => socket.destroy());
  stream.once('close', () => socket.destroySoon());
  socket.once('close', () => stream.destroy());
  socket.pipe(stream);
  stream.pipe(socket);
}

/** Resolves once the client has said something, so that nothing is opened for one that only knocks; false when it left. */
export function firstWords(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (hasSpoken: boolean): void => {
      socket.off('readable', spoken).off('close', left);
      resolve(hasSpoken);
    };
    const spoken = (): void => settle(socket.readableLength > 0);
    const left = (): void => settle(false);
    socket.once('readable', spoken).once('close', left);
  });
}

import { createServer, type Server, type Socket } from 'node:net';
import { type SshProblem, sshProblem } from './ssh-problem.ts';

/** A listener of this machine's loopback address, which nobody elsewhere can reach. */
export interface LocalPort {
  port: number;
  /** Resolves when the port is free again and every socket is gone. */
  close(): Promise<void>;
}

const MOST_SOCKETS = 1_000;

/** Listens on 127.0.0.1; port 0 picks a free one. Each socket arrives paused, with its end left open. */
export function listenLocally(
  port: number,
  serve: (socket: Socket) => void,
): Promise<LocalPort | SshProblem> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    serve(socket);
  });
  server.maxConnections = MOST_SOCKETS;
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'LOCAL_PORT_TAKEN' : 'LOCAL_PORT_UNUSABLE';
      resolve(sshProblem(code, { port, reason: error.code ?? error.message }));
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const { port: actual } = server.address() as { port: number };
      resolve({ port: actual, close: () => closeServer(server, sockets) });
    });
  });
}

function closeServer(server: Server, sockets: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of sockets) socket.destroy();
  });
}

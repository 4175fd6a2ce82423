import { createServer } from 'node:net';

const MOST_TRIED = 100;

/** The next port above that nobody holds on loopback and `isWanted` allows; the port itself when there is none. */
export async function freePortAfter(
  port: number,
  isWanted: (port: number) => boolean = () => true,
): Promise<number> {
  for (let next = port + 1; next <= Math.min(port + MOST_TRIED, 65_535); next += 1) {
    if (isWanted(next) && (await isFree(next))) return next;
  }
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

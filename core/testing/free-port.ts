import { createServer } from 'node:net';

/**
 * Below what systems give out by themselves (Linux from 32768 on, others from 49152): no connection and no other
 * listener can be given a port between now and its use, however busy the machine is.
 */
const FIRST = 20_000;
const LAST = 32_000;
/** The next ports stay free: a gateway that finds its own one taken names one of them. */
const STEP = 8;
/** Test files that run at the same time do not get each other's. */
const SHARES = 8;

const ports = shareOf(Number(process.env.VITEST_POOL_ID ?? 0) % SHARES);

/** A port nobody listens on, and that nobody else is given. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = ports.next().value;
    if (await isFree(port)) return port;
  }
}

/** Round and round from anywhere, as other runs on this machine may have begun with the first. */
function* shareOf(share: number): Generator<number, never> {
  const count = Math.floor((LAST - FIRST) / (STEP * SHARES));
  for (let index = Math.floor(Math.random() * count); ; index = (index + 1) % count)
    yield FIRST + (index * SHARES + share) * STEP;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

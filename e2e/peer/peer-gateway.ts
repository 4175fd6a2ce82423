import type { Peer } from './peer-install.ts';
import { end, freePort, privateHome, startProgram, untilReady } from './program.ts';

export interface PeerGateway extends AsyncDisposable {
  url: string;
  port: number;
  token: string;
}

/** An official gateway in a HOME of its own, on loopback; it takes some ten seconds to be ready. */
export async function startPeerGateway(peer: Peer): Promise<PeerGateway> {
  const home = await privateHome();
  const port = await freePort();
  const token = 'peer-token';
  const args = ['gateway', 'run', '--allow-unconfigured', '--bind', 'loopback', '--port', String(port)];
  const env = { ...home.env, OPENCLAW_GATEWAY_TOKEN: token };
  const program = startProgram(peer.node, [peer.entry, ...args], env);
  const close = async (): Promise<void> => {
    await end(program);
    await home.remove();
  };
  try {
    await untilReady(`http://127.0.0.1:${port}/readyz`, program);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: `ws://127.0.0.1:${port}`, port, token, [Symbol.asyncDispose]: close };
}

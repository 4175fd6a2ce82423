import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort } from '../../core/testing/free-port.ts';
import type { Peer } from './peer-install.ts';
import { end, privateHome, startProgram, untilReady } from './program.ts';

export interface PeerGateway extends AsyncDisposable {
  url: string;
  port: number;
  token: string;
}

/**
 * An official gateway in a HOME of its own, on loopback; it takes some ten seconds to be ready. `more` are sections of
 * its configuration.
 */
export async function startPeerGateway(peer: Peer, more: object): Promise<PeerGateway> {
  const home = await privateHome();
  const configPath = join(home.path, '.openclaw', 'openclaw.json');
  await mkdir(dirname(configPath), { recursive: true, mode: 0o700 });
  await writeFile(configPath, JSON.stringify({ gateway: { mode: 'local' }, ...more }), { mode: 0o600 });
  const port = await freePort();
  const token = 'peer-token';
  const args = ['gateway', 'run', '--bind', 'loopback', '--port', String(port)];
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

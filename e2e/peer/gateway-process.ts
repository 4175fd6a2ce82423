import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { freePort } from '../../core/testing/free-port.ts';
import { end, type Program, privateHome, startProgram, untilReady } from './program.ts';

const BUNDLE = resolve(import.meta.dirname, '../../dist/openclaw.cjs');

export interface GatewayProcess extends AsyncDisposable {
  url: string;
  httpUrl: string;
  port: number;
  token: string;
  pid: number;
  home: string;
  configPath: string;
  configText: string;
  program: Program;
}

/**
 * Our own gateway as users run it: the bundle, in a process and a HOME of its own, on a free port. `more` are further
 * sections of its configuration.
 */
export async function startGatewayProcess(bundle = BUNDLE, more: object = {}): Promise<GatewayProcess> {
  const home = await privateHome();
  const port = await freePort();
  const token = 'test-token';
  const configPath = join(home.path, '.openclaw', 'openclaw.json');
  const config = { gateway: { mode: 'local', port, auth: { mode: 'token', token } }, ...more };
  const configText = JSON.stringify(config, null, 2);
  await mkdir(dirname(configPath), { recursive: true, mode: 0o700 });
  await writeFile(configPath, configText, { mode: 0o600 });
  const program = startProgram(process.execPath, [bundle, 'gateway', 'run'], home.env);
  const httpUrl = `http://127.0.0.1:${port}`;
  const close = async (): Promise<void> => {
    await end(program);
    await home.remove();
  };
  try {
    await untilReady(`${httpUrl}/readyz`, program);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url: `ws://127.0.0.1:${port}`,
    httpUrl,
    port,
    token,
    pid: program.child.pid as number,
    home: home.path,
    configPath,
    configText,
    program,
    [Symbol.asyncDispose]: close,
  };
}

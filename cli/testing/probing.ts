import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join, relative } from 'node:path';
import { HELLO, type Peer, startScriptedGateway } from '../../core/client/testing/scripted-gateway.ts';
import type { Home } from './command-line.ts';

export interface ProbeTarget {
  id: string;
  url: string;
  active: boolean;
  tunnel: Record<string, unknown> | null;
  connect: { ok: boolean; rpcOk: boolean; scopeLimited: boolean; error: string | null; close: unknown };
  auth: { role: string | null; scopes: string[]; capability: string };
  verdict: {
    ok: boolean;
    code: string;
    layer?: string;
    message?: string;
    fix?: { text: string; command?: string };
  };
  layers: { layer: string; state: string; ms?: number }[];
  [key: string]: unknown;
}

export interface ProbeDocument {
  ok: boolean;
  degraded: boolean;
  capability: string;
  primaryTargetId: string | null;
  warnings: { code: string; message: string; targetIds: string[] }[];
  targets: ProbeTarget[];
  [key: string]: unknown;
}

/** Writes the configuration of `home`. */
export async function configure(home: Home, config: object): Promise<void> {
  await mkdir(join(home.dir, '.openclaw'), { recursive: true, mode: 0o700 });
  await writeFile(join(home.dir, '.openclaw', 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
}

/** More than a person would wait for: what is said does not depend on how busy the machine is. */
const PATIENCE_MS = '10000';

/** `gateway probe --json` in `home`. */
export async function probe(home: Home, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const ended = await home.run(['gateway', 'probe', '--json', '--timeout', PATIENCE_MS, ...args], { env });
  return {
    code: ended.code,
    stderr: ended.stderr,
    text: ended.stdout,
    report: JSON.parse(ended.stdout) as ProbeDocument,
  };
}

export const targetIn = ({ targets }: ProbeDocument, id: string): ProbeTarget => {
  const target = targets.find((one) => one.id === id);
  if (!target) throw new Error(`no target ${id} among ${targets.map((one) => one.id).join(', ')}`);
  return target;
};

export const warningCodes = ({ warnings }: ProbeDocument): string[] => warnings.map(({ code }) => code);

/** A gateway that answers whatever is asked, and keeps all it was sent. */
export async function startRecorder(hello: object = {}, options: { tls?: boolean } = {}) {
  const heard: string[] = [];
  const answerAll = async (peer: Peer): Promise<void> => {
    await peer.greet({ server: { ...HELLO.server, bootId: `boot-${gateway.port}` }, ...hello });
    for (;;) peer.answer(await peer.next(), {});
  };
  const refuse: RequestListener = (request, response) => {
    heard.push(`${request.url} ${JSON.stringify(request.headers)}`);
    response.writeHead(404).end();
  };
  const listen = (peer: Peer) => {
    heard.push(JSON.stringify(peer.headers));
    peer.socket.on('message', (data) => heard.push(data.toString()));
    return answerAll(peer);
  };
  const gateway = await startScriptedGateway(listen, { ...options, http: refuse });
  return Object.assign(gateway, { heard: () => heard.join('\n') });
}

/** Each file below `dir` with a digest of its content, without what gateways log and their index of sessions. */
export function filesIn(dir: string): Record<string, string> {
  const rows = readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !/[\\/]logs[\\/]/.test(path))
    .map(
      (path) => [relative(dir, path), createHash('sha256').update(readFileSync(path)).digest('hex')] as const,
    );
  return Object.fromEntries(rows.sort());
}

/** The names of all fields, such as `targets[].connect.ok`; not those of what methods answered. */
export function fieldsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => fieldsOf(item, `${at}[]`));
  if (typeof value !== 'object' || value === null || /\.(health|summary|presence)$/.test(at)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const path = at === '' ? key : `${at}.${key}`;
    return [path, ...fieldsOf(inner, path)];
  });
}

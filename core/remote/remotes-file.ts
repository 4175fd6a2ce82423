import { dirname } from 'node:path';
import { asObject } from '../lib/json.ts';
import { RpcError } from '../protocol/errors.ts';
import { knownName } from '../ssh/known-hosts.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';

/** A gateway that somebody has vouched for. */
export interface PinnedRemote {
  /** `host:port/end`, see `remoteKey`. */
  remote: string;
  gatewayId: string;
  /** Epoch milliseconds. */
  pinnedAtMs: number;
}

const VERSION = 1;

/** What stands for a gateway behind SSH in this file; `end` is its port, or the path of its socket, over there. */
export const remoteKey = (target: { host: string; port?: number }, end: number | string): string =>
  `${knownName(target.host, target.port ?? 22)}/${end}`;

/** The id of the gateway that is expected there; undefined when nobody has vouched for one. Throws STORE_UNUSABLE. */
export async function pinnedGateway(file: string, remote: string): Promise<string | undefined> {
  return (await readPins(file)).find((pin) => pin.remote === remote)?.gatewayId;
}

/** Remembers the gateway (0600). Throws STORE_UNUSABLE. */
export async function pinGateway(file: string, pin: PinnedRemote): Promise<void> {
  const others = (await readPins(file)).filter(({ remote }) => remote !== pin.remote);
  await ensurePrivateDir(dirname(file));
  await writePins(file, [...others, pin]);
}

/** Forgets the gateway, so that the next one is a question again; another id than this one stays. Throws STORE_UNUSABLE. */
export async function unpinGateway(file: string, remote: string, gatewayId: string): Promise<boolean> {
  const pins = await readPins(file);
  const kept = pins.filter((pin) => pin.remote !== remote || pin.gatewayId !== gatewayId);
  if (kept.length === pins.length) return false;
  await writePins(file, kept);
  return true;
}

const writePins = (file: string, remotes: readonly PinnedRemote[]): Promise<void> =>
  writeFileAtomic(file, `${JSON.stringify({ version: VERSION, remotes }, null, 2)}\n`);

/** A damaged file is not an empty one: whoever was vouched for would be forgotten without a word. */
async function readPins(file: string): Promise<PinnedRemote[]> {
  const content = await readJsonFile(file);
  if (content.status === 'missing') return [];
  const { version, remotes } = content.status === 'ok' ? asObject(content.value) : {};
  if (version === VERSION && Array.isArray(remotes)) return remotes.filter(isPin);
  throw new RpcError(
    'STORE_UNUSABLE',
    `${file} cannot be used. Restore it from a backup, or move it away to vouch for each gateway anew.`,
    { path: file },
  );
}

function isPin(value: unknown): value is PinnedRemote {
  const { remote, gatewayId, pinnedAtMs } = asObject(value);
  return typeof remote === 'string' && typeof gatewayId === 'string' && typeof pinnedAtMs === 'number';
}

import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';
import { link, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { RpcError } from '../protocol/errors.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../store/atomic-file.ts';
import { deviceIdOf, rawOfKey } from './keys.ts';

/**
 * The identity kept in `file` (v3 `device.json` format, 0600), created on first use. Several processes that
 * create it at once all end with the same one. Throws STORE_UNUSABLE when the file is there but cannot be
 * used: a new identity would silently lose the pairings of the old one.
 */
export async function loadOrCreateIdentity(
  file: string,
  clock: Clock = systemClock,
): Promise<DeviceIdentity> {
  const present = await readIdentity(file);
  if (present !== undefined) return present;
  await ensurePrivateDir(dirname(file));
  await publish(file, newIdentityText(clock));
  const created = await readIdentity(file);
  if (created === undefined) throw unusable(file, 'it vanished while it was being created');
  return created;
}

async function readIdentity(file: string): Promise<DeviceIdentity | undefined> {
  const content = await readJsonFile(file);
  if (content.status === 'missing') return undefined;
  if (content.status === 'damaged') throw unusable(file, `it ${content.reason}`);
  const parsed = parseIdentity(content.value);
  if (typeof parsed === 'string') throw unusable(file, parsed);
  return parsed;
}

/** The identity, or what is wrong with it. */
function parseIdentity(value: unknown): DeviceIdentity | string {
  const { version, deviceId, publicKeyPem, privateKeyPem } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1) return 'its version is not 1';
  const privateKey = loadKey(createPrivateKey, privateKeyPem);
  const publicKey = loadKey(createPublicKey, publicKeyPem);
  if (privateKey === undefined || publicKey === undefined) return 'its keys cannot be read';
  const raw = rawOfKey(privateKey);
  if (raw === undefined) return 'its private key is not an Ed25519 key';
  if (!rawOfKey(publicKey)?.equals(raw)) return 'its public key does not belong to its private key';
  if (deviceId !== deviceIdOf(raw)) return 'its device id does not belong to its key';
  return identityOf(privateKey, raw);
}

function loadKey(load: (pem: string) => KeyObject, pem: unknown): KeyObject | undefined {
  if (typeof pem !== 'string') return undefined;
  try {
    return load(pem);
  } catch {
    return undefined;
  }
}

function identityOf(privateKey: KeyObject, raw: Buffer): DeviceIdentity {
  return {
    deviceId: deviceIdOf(raw),
    publicKey: raw.toString('base64url'),
    sign: (payload) => sign(null, Buffer.from(payload, 'utf8'), privateKey).toString('base64url'),
  };
}

function newIdentityText(clock: Clock): string {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const identity = {
    version: 1,
    deviceId: deviceIdOf(rawOfKey(publicKey) as Buffer),
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
    privateKeyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    createdAtMs: clock.now(),
  };
  return `${JSON.stringify(identity, null, 2)}\n`;
}

/** Puts `text` at `file` unless something is there already; a reader never sees a part of it. */
async function publish(file: string, text: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}.new`;
  await writeFileAtomic(draft, text);
  try {
    await link(draft, file);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    await createExclusively(file, text);
  } finally {
    await unlink(draft).catch(() => {});
  }
}

/** For file systems without hard links, such as exFAT. */
async function createExclusively(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return;
    throw new RpcError(
      'STORE_UNUSABLE',
      `The device identity file ${file} cannot be written. Check its directory.`,
      undefined,
      { cause: error },
    );
  }
}

const unusable = (file: string, reason: string): RpcError =>
  new RpcError(
    'STORE_UNUSABLE',
    `The device identity file ${file} cannot be used: ${reason}. Restore it from a backup, or move it away to get a new identity; gateways then have to pair this device again.`,
  );

const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null)?.code;

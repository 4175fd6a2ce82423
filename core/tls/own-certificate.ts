import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { checkTlsFiles, fingerprintOf, type TlsCheck, type TlsProblemCode } from './certificate.ts';
import type { TlsFiles } from './tls-files.ts';

const DAY_MS = 86_400_000;
/**
 * Whoever trusts a certificate without an issuer trusts its fingerprint, which no date makes better and every renewal
 * breaks; so it lives long, and is renewed only at a start in the last days of its life.
 */
const LIFE_MS = 3_650 * DAY_MS;
const RENEWED_BEFORE_MS = 30 * DAY_MS;
/** Clocks of other machines may be behind. */
const BACKDATED_MS = DAY_MS;

/** What a new certificate mends, where the files are ours. */
const MENDED: readonly TlsProblemCode[] = [
  'TLS_CERT_MISSING',
  'TLS_KEY_MISSING',
  'TLS_CERT_INVALID',
  'TLS_KEY_INVALID',
  'TLS_KEY_MISMATCH',
];

/** Whether a start makes a certificate because of what the check found. */
export const isMendedAtStart = (files: TlsFiles, check: TlsCheck): boolean =>
  files.isOwn && files.autoGenerate && !check.ok && MENDED.includes(check.problem.code);

export interface Prepared {
  check: TlsCheck;
  /** Fingerprint of the certificate that a new one has replaced. */
  replaced?: string;
  /** There was none before. */
  created?: boolean;
}

/**
 * The certificate to serve, made or renewed first when it is our own. The key stays the same for all of them, so that
 * a crash between two writes never leaves a pair that does not fit. Call it only under the lock of the state directory.
 * Throws STORE_UNUSABLE.
 */
export async function prepareTls(
  files: TlsFiles,
  names: readonly string[],
  nowMs: number,
): Promise<Prepared> {
  const check = checkTlsFiles(files);
  const isOurs = files.isOwn && files.autoGenerate;
  const isOld = isOurs && check.ok && check.identity.validToMs - nowMs < RENEWED_BEFORE_MS;
  if (!isOld && !isMendedAtStart(files, check)) return { check };
  const before = await readFile(files.certPath, 'utf8')
    .then(fingerprintOf)
    .catch(() => undefined);
  await writeOwn(files, names, nowMs);
  const made = checkTlsFiles(files);
  return { check: made, ...(before === undefined ? { created: true } : { replaced: before }) };
}

async function writeOwn(
  { certPath, keyPath }: TlsFiles,
  names: readonly string[],
  nowMs: number,
): Promise<void> {
  await ensurePrivateDir(dirname(keyPath));
  const key = (await storedKey(keyPath)) ?? (await newKey(keyPath));
  const { selfSigned } = await import('./self-signed.ts');
  const times = { fromMs: nowMs - BACKDATED_MS, toMs: nowMs + LIFE_MS };
  const cert = await selfSigned({ names, ...times, key, publicKey: createPublicKey(key) });
  await writeFileAtomic(certPath, cert, { mode: 0o600 });
}

/** A key that cannot be read is not there: nobody can have a certificate of it that works. */
async function storedKey(keyPath: string): Promise<KeyObject | undefined> {
  try {
    const key = createPrivateKey(await readFile(keyPath, 'utf8'));
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? key : undefined;
  } catch {
    return undefined;
  }
}

async function newKey(keyPath: string): Promise<KeyObject> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  await writeFileAtomic(keyPath, String(privateKey.export({ format: 'pem', type: 'pkcs8' })), {
    mode: 0o600,
  });
  return privateKey;
}

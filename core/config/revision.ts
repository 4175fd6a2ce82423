import { createHmac, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secretEqual } from '../lib/secret-equal.ts';
import { ensurePrivateDir, writeFileAtomic } from '../store/atomic-file.ts';
import { isObject } from './config-path.ts';
import { textHash } from './read.ts';

/**
 * Names the state of a configuration for peers. The hashes are keyed, because an unkeyed hash of a short text lets
 * a reader who may not see a secret try candidates for it.
 */
export interface Revisions {
  /** Of the text of the file; '' stands for a missing file. */
  ofText(text: string): string;
  /** Of the values, whatever the text looks like. */
  ofConfig(config: unknown): string;
  /** Whether a `baseHash` names this text: the keyed hash, or the plain sha256 hex that v3 clients know. */
  matches(baseHash: string, text: string): boolean;
}

/** Opens the key of `<trayDir>/config-hash.key` and creates it at the first use. */
export async function openRevisions(trayDir: string): Promise<Revisions> {
  const key = await loadKey(trayDir);
  const keyed = (kind: string, text: string): string =>
    `hmac-sha256:v1:${createHmac('sha256', key).update(`${kind}\0${text}`).digest('base64url')}`;
  const ofText = (text: string): string => keyed('text', text);
  return {
    ofText,
    ofConfig: (config) => keyed('config', JSON.stringify(sorted(config))),
    matches: (baseHash, text) => secretEqual(baseHash, ofText(text)) || secretEqual(baseHash, textHash(text)),
  };
}

const KEY_BYTES = 32;

async function loadKey(trayDir: string): Promise<Buffer> {
  const path = join(trayDir, 'config-hash.key');
  const stored = await readFile(path, 'utf8').catch(() => '');
  const key = Buffer.from(stored.trim(), 'base64url');
  if (key.length === KEY_BYTES) return key;
  const fresh = randomBytes(KEY_BYTES);
  await ensurePrivateDir(trayDir);
  await writeFileAtomic(path, `${fresh.toString('base64url')}\n`);
  return fresh;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
}

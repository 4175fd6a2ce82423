import { createPublicKey, verify } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where this copy of the app gets newer ones from, and whose word on them counts. */
export interface UpdateFeed {
  /** Address of a directory, ending in `/`. */
  url: string;
  /** Ed25519 public key, PEM. */
  key: string;
}

export type FeedProblem = 'NO_FEED' | 'FEED_UNSIGNED' | 'FEED_INSECURE';

/**
 * `app-update.yml` in the package says where, as electron-builder writes it for its provider `generic`; `update-key.pem`
 * beside it says who. Neither of them is there in a package that is updated by whoever has installed it.
 */
export async function readFeed(resources: string): Promise<UpdateFeed | FeedProblem> {
  const text = await readFile(join(resources, 'app-update.yml'), 'utf8').catch(() => undefined);
  const address = text === undefined ? undefined : /^url: *['"]?(\S+?)['"]? *$/m.exec(text)?.[1];
  if (address === undefined || !URL.canParse(address)) return 'NO_FEED';
  const key = await readFile(join(resources, 'update-key.pem'), 'utf8').catch(() => undefined);
  if (key === undefined) return 'FEED_UNSIGNED';
  if (!isSafe(new URL(address))) return 'FEED_INSECURE';
  return { url: address.endsWith('/') ? address : `${address}/`, key };
}

/** Without TLS only from this very computer. */
const isSafe = ({ protocol, hostname }: URL): boolean =>
  protocol === 'https:' || (protocol === 'http:' && hostname === '127.0.0.1');

/** What a feed offers. */
export interface Offer {
  version: string;
  /** SHA-512 of its files, base64. */
  hashes: readonly string[];
}

/**
 * The offer in the text of a feed, when its Ed25519 signature (base64) is by `key`; else undefined. Only what is read
 * from a signed text may be installed.
 */
export function signedOffer(text: string, signature: string, key: string): Offer | undefined {
  if (!isSigned(Buffer.from(text), Buffer.from(signature.trim(), 'base64'), key)) return undefined;
  const version = /^version: *['"]?([\w.+-]+)['"]? *$/m.exec(text)?.[1];
  const hashes = [...text.matchAll(/^ *(?:- )?sha512: *['"]?([A-Za-z0-9+/=]+)['"]? *$/gm)];
  if (version === undefined || hashes.length === 0) return undefined;
  return { version, hashes: hashes.map(([, hash = '']) => hash) };
}

function isSigned(text: Buffer, signature: Buffer, key: string): boolean {
  try {
    const publicKey = createPublicKey(key);
    return publicKey.asymmetricKeyType === 'ed25519' && verify(null, text, publicKey, signature);
  } catch {
    return false;
  }
}

/** The name of the text that electron-updater reads on a platform. */
export const feedFile = (platform: NodeJS.Platform, arch: string): string => {
  if (platform === 'win32') return 'latest.yml';
  if (platform === 'darwin') return 'latest-mac.yml';
  return arch === 'x64' ? 'latest-linux.yml' : `latest-linux-${arch}.yml`;
};

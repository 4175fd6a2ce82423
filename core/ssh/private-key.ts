import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { ParsedKey } from 'ssh2';
import type { SshLibrary } from './ssh-library.ts';

const PKCS8 = /^\s*-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/;
const OLDER = { rsa: 'pkcs1', ec: 'sec1' } as const;

/**
 * Reads a key of any format that OpenSSH reads; the library itself does not know PKCS#8, in which clouds hand out keys.
 * An error that speaks of the passphrase means that one is missing or wrong.
 */
export function parsePrivateKey(text: Buffer, library: SshLibrary, passphrase?: string): ParsedKey | Error {
  const parsed = library.parseKey(text, passphrase);
  const [isPkcs8, isLocked] = PKCS8.exec(text.toString('latin1')) ?? [];
  if (!(parsed instanceof Error) || !isPkcs8) return parsed;
  if (isLocked && passphrase === undefined) return new Error('Encrypted key, but no passphrase given');
  try {
    return olderFormat(createPrivateKey({ key: text, passphrase }), library) ?? parsed;
  } catch {
    return isLocked ? new Error('The passphrase does not open it') : parsed;
  }
}

function olderFormat(key: KeyObject, library: SshLibrary): ParsedKey | Error | undefined {
  const type = OLDER[key.asymmetricKeyType as keyof typeof OLDER];
  return type && library.parseKey(key.export({ type, format: 'pem' } as never) as unknown as string);
}

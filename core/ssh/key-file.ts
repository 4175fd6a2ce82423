import type { Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import type { ParsedKey } from 'ssh2';
import { sshStrings } from './fingerprint.ts';
import { parsePrivateKey } from './private-key.ts';
import type { SshLibrary } from './ssh-library.ts';

/** An identity kept in a file. */
export type KeyFile =
  | { state: 'ready'; path: string; key: ParsedKey }
  /** Its passphrase opens it; the public half is known when it could be read without. */
  | { state: 'locked'; path: string; text: Buffer; publicKey: ParsedKey | undefined }
  /** Only the public half is here; an agent may hold the other. */
  | { state: 'public'; path: string; key: ParsedKey }
  | { state: 'missing' | 'unsafe'; path: string }
  | { state: 'unusable'; path: string; reason: string };

const MAGIC = 'openssh-key-v1\0';

/** Reads an identity. A private key that others can read is not used, as OpenSSH does not: it may have been copied. */
export async function readKeyFile(path: string, library: SshLibrary): Promise<KeyFile> {
  try {
    const facts = await stat(path);
    // Nobody may ever write into a pipe, and a device has no end.
    if (!facts.isFile() && !facts.isDirectory()) return { state: 'unusable', path, reason: 'not a file' };
    return await keyIn(await readFile(path), { path, facts, library });
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { state: 'missing', path }
      : { state: 'unusable', path, reason: code };
  }
}

async function keyIn(
  text: Buffer,
  { path, facts, library }: { path: string; facts: Stats; library: SshLibrary },
): Promise<KeyFile> {
  const parsed = parsePrivateKey(text, library);
  if (!(parsed instanceof Error) && !parsed.isPrivateKey()) return { state: 'public', path, key: parsed };
  if (isOpenToOthers(facts)) return { state: 'unsafe', path };
  if (!(parsed instanceof Error)) return { state: 'ready', path, key: parsed };
  if (!/no passphrase given/.test(parsed.message)) return { state: 'unusable', path, reason: parsed.message };
  return { state: 'locked', path, text, publicKey: await publicHalf(path, text, library) };
}

const isOpenToOthers = ({ uid, mode }: { uid: number; mode: number }): boolean =>
  process.platform !== 'win32' && uid === process.getuid?.() && (mode & 0o077) !== 0;

/** Of a key in OpenSSH's own format it stands in the clear; of others, in the `.pub` file beside it. */
async function publicHalf(path: string, text: Buffer, library: SshLibrary): Promise<ParsedKey | undefined> {
  const inside = publicBlob(text.toString('latin1'));
  const source = inside ?? (await readFile(`${path}.pub`).catch(() => undefined));
  const parsed = source && library.parseKey(source);
  return parsed === undefined || parsed instanceof Error ? undefined : parsed;
}

/** Layout: magic, then the strings cipher, kdf, kdf options; a count; then the public key as a string. */
function publicBlob(text: string): Buffer | undefined {
  const [, body = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text) ?? [];
  const data = Buffer.from(body, 'base64');
  if (data.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  const rest = data.subarray(MAGIC.length);
  const head = sshStrings(rest).slice(0, 3);
  const start = head.reduce((sum, part) => sum + 4 + part.length, 0) + 4;
  return head.length === 3 ? sshStrings(rest.subarray(start))[0] : undefined;
}

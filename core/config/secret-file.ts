import { lstat, realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { type ConfigObject, valueAt } from './config-path.ts';
import { parseConfigText } from './json5-text.ts';
import type { SecretResult } from './secrets.ts';
import { readTextCapped } from './text-file.ts';

const DEFAULT_MAX_BYTES = 1024 * 1024;

/** A secret of a file provider: the whole file (`singleValue`) or the text at a JSON pointer in it. */
export async function fileSecret(provider: ConfigObject, id: string): Promise<SecretResult> {
  const path = provider.path;
  if (typeof path !== 'string' || !isAbsolute(path)) return refuse('needs an absolute "path"');
  const unsafe = provider.allowInsecurePath === true ? undefined : await insecurity(path);
  if (unsafe !== undefined) return refuse(`${path} ${unsafe}`);
  const maxBytes = typeof provider.maxBytes === 'number' ? provider.maxBytes : DEFAULT_MAX_BYTES;
  const file = await readTextCapped(path, maxBytes);
  if (file.status !== 'ok')
    return refuse(`${path} ${file.status === 'missing' ? 'does not exist' : file.reason}`);
  if (provider.mode === 'singleValue') return filled(file.text.replace(/[\r\n]+$/, ''), path);
  const parsed = parseConfigText(file.text);
  if (!parsed.ok) return refuse(`${path} is not valid JSON`);
  return filled(valueAt(parsed.value, pointerKeys(id)), `${path} at ${id}`);
}

/** Why others could read or change the file, or undefined. Windows keeps access lists that mode bits do not show. */
export async function insecurity(path: string): Promise<string | undefined> {
  if (process.platform === 'win32') return undefined;
  const real = await realpath(path).catch(() => undefined);
  if (real === undefined) return 'does not exist';
  const info = await stat(real);
  if ((info.mode & 0o077) !== 0)
    return 'may be read or written by others. Run chmod 600 on it or set allowInsecurePath';
  const owner = process.getuid?.();
  const owners = [(await lstat(path)).uid, info.uid];
  if (owner !== undefined && owners.some((uid) => uid !== owner && uid !== 0))
    return 'belongs to another user';
  return undefined;
}

const pointerKeys = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

const filled = (value: unknown, where: string): SecretResult =>
  typeof value === 'string' && value !== '' ? { ok: true, value } : refuse(`${where} holds no text`);

const refuse = (reason: string): SecretResult => ({ ok: false, reason: `The secret file ${reason}.` });

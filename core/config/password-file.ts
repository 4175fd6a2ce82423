import { lstatSync, readFileSync } from 'node:fs';
import { RpcError } from '../protocol/errors.ts';

const MAX_BYTES = 64 * 1024;

/** The password in a file, without the line end. Throws BAD_ARGUMENT for a link, a big, empty or unreadable file. */
export function readPasswordFile(path: string): string {
  const failed = (reason: string): RpcError =>
    new RpcError('BAD_ARGUMENT', `Failed to inspect Gateway password file at ${path}: ${reason}`);
  let text: string;
  try {
    const info = lstatSync(path);
    if (!info.isFile()) throw failed('it is not a regular file. Name the file itself, not a link to it.');
    if (info.size > MAX_BYTES) throw failed(`it is larger than ${MAX_BYTES} bytes.`);
    text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    throw error instanceof RpcError ? error : failed(String(error));
  }
  if (text.trim() === '') throw failed('it is empty. Write the password into it.');
  return text;
}

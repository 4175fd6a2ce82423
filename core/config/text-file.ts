import { withOpenFile } from '../lib/short-file.ts';

export type TextFile =
  | { status: 'ok'; text: string }
  | { status: 'missing' }
  /** `reason` completes "the file …". */
  | { status: 'unusable'; reason: string };

/** Reads a regular file of at most `maxBytes` bytes; a pipe or device is refused, it could block for ever. */
export async function readTextCapped(path: string, maxBytes: number): Promise<TextFile> {
  try {
    return withOpenFile<TextFile>(path, (found, text) => {
      if (!found.isFile()) return { status: 'unusable', reason: 'is not a regular file' };
      if (found.size > maxBytes) return { status: 'unusable', reason: `is larger than ${maxBytes} bytes` };
      return { status: 'ok', text: text() };
    });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { status: 'missing' };
    return { status: 'unusable', reason: `cannot be read (${code ?? 'unknown error'})` };
  }
}

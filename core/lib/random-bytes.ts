import { randomBytes as bytesOfNode } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Bytes that nobody can foretell. They come from the kernel where it hands them out as a file: to load `node:crypto`
 * takes longer than to connect to a gateway.
 */
export function randomBytes(count: number): Buffer {
  const bytes = process.platform === 'win32' ? undefined : bytesOfKernel(count);
  return bytes ?? bytesOfNode(count);
}

function bytesOfKernel(count: number): Buffer | undefined {
  const bytes = Buffer.alloc(count);
  try {
    const file = openSync('/dev/urandom', 'r');
    try {
      return readSync(file, bytes) === count ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}

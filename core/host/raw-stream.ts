import { createWriteStream, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Logger } from '../lib/log.ts';

/** Appends raw model events to a file of JSON lines, readable by its owner only. Trouble is logged once and costs nothing else. */
export function openRawStream(
  path: string,
  log: Logger,
): { write(line: object): void; close(): Promise<void> } {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch {
    // Opening the file tells what is wrong.
  }
  const file = createWriteStream(path, { flags: 'a', mode: 0o600 });
  let usable = true;
  file.on('error', (error) => {
    if (usable) log.error(`raw model stream: ${error.message}`);
    usable = false;
  });
  return {
    write: (line) => {
      if (usable) file.write(`${JSON.stringify(line)}\n`);
    },
    close: () => new Promise((resolve) => file.end(() => resolve())),
  };
}

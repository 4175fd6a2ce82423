import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { LogAnswer, LogThread } from './log-desk.ts';

/** Megabytes of objects: far above what a page takes. */
const MEMORY = { maxOldGenerationSizeMb: 256 };

/** Starts the program `file` in a thread. It is read here, because not every Electron starts threads out of an archive. */
export function startLogThread(
  file: string,
  onAnswer: (answer: LogAnswer) => void,
  onGone: () => void,
): LogThread {
  const worker = new Worker(readFileSync(file, 'utf8'), { eval: true, resourceLimits: MEMORY });
  worker.unref();
  worker.on('message', onAnswer);
  worker.on('error', onGone);
  worker.on('exit', onGone);
  return {
    ask: (question) => worker.postMessage(question),
    end: () => void worker.terminate(),
  };
}

import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort } from 'node:worker_threads';
import { compileFilter } from '../core/logs/log-filter.ts';
import {
  type LogPage,
  type LogReaderOptions,
  readLogLine,
  readLogPage,
  shownLine,
} from '../core/logs/log-reader.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { LogAnswer, LogAsk, LogQuestion } from './log-desk.ts';

/** Milliseconds between two looks at a log that somebody waits for. */
const LOOK_AGAIN_MS = 80;
const LINE_BYTES = 256 * 1024;

async function answer({ id, place, ask }: LogQuestion): Promise<LogAnswer> {
  const options: LogReaderOptions = { place, now: Date.now };
  try {
    return { id, ok: true, result: await resultOf(options, ask) };
  } catch (error) {
    const { code, message } =
      error instanceof RpcError ? error : new RpcError('STORE_UNUSABLE', 'The log files cannot be read.');
    return { id, ok: false, code, message };
  }
}

async function resultOf(options: LogReaderOptions, ask: LogAsk): Promise<unknown> {
  if (ask.kind === 'page') return page(options, ask);
  if (ask.kind === 'line') return readLogLine(options, ask.at, LINE_BYTES);
  const test = compileFilter(ask.filter);
  return ask.lines.flatMap(({ raw, at }) => shownLine(raw, at, test) ?? []);
}

async function page(
  options: LogReaderOptions,
  { request, waitMs }: Extract<LogQuestion['ask'], { kind: 'page' }>,
): Promise<LogPage> {
  const deadline = Date.now() + waitMs;
  for (let from = request.from; ; ) {
    const found = await readLogPage(options, { ...request, ...(from && { from }) });
    const isNews = found.lines.length > 0 || !found.isEnd || found.wasReset || found.skippedBytes > 0;
    if (isNews || Date.now() >= deadline) return found;
    from = found.end ?? from;
    await sleep(LOOK_AGAIN_MS);
  }
}

parentPort?.on('message', (question: LogQuestion) => {
  void answer(question).then((said) => parentPort?.postMessage(said));
});

import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';

export interface HttpAnswer {
  status: number;
  body: string;
}

/** `none`: it stayed silent. `gone`: it hung up. `foreign`: what came is no answer of a web server, or too much of one. */
export type Answered = HttpAnswer | 'none' | 'gone' | 'foreign';

const LARGEST_BYTES = 16_384;

/**
 * Asks one question over a stream and leaves the stream as it was, so that what a client says next goes to the very
 * same listener that answered.
 */
export async function askOver(
  stream: Duplex,
  question: { path: string; host: string },
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
): Promise<Answered> {
  let heard = Buffer.alloc(0);
  let settle = (_: Answered): void => {};
  const answered = new Promise<Answered>((resolve) => {
    settle = resolve;
  });
  const hear = (chunk: Buffer): void => {
    heard = Buffer.concat([heard, chunk]);
    const answer = heard.length > LARGEST_BYTES ? 'foreign' : parseAnswer(heard);
    if (answer !== 'more') settle(answer);
  };
  const left = (): void => settle('gone');
  const cancel = clock.after(timeoutMs, () => settle('none'));
  stream.on('data', hear).once('close', left).once('end', left).once('error', left);
  stream.write(`GET ${question.path} HTTP/1.1\r\nHost: ${question.host}\r\nAccept: application/json\r\n\r\n`);
  const answer = await answered;
  cancel();
  stream.pause();
  stream.off('data', hear).off('close', left).off('end', left).off('error', left);
  return answer;
}

/** `more` while the answer is not all here. Only answers of a known length count: what follows is not ours. */
function parseAnswer(heard: Buffer): Answered | 'more' {
  const text = heard.toString('latin1');
  if (!'HTTP/1.1 '.startsWith(text.slice(0, 9))) return 'foreign';
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return 'more';
  const head = text.slice(0, end);
  const length = Number(/^content-length: *(\d{1,6})\r?$/im.exec(head)?.[1] ?? Number.NaN);
  const status = Number(text.slice(9, 12));
  if (Number.isNaN(length)) return status === 200 ? 'foreign' : { status, body: '' };
  const body = heard.subarray(end + 4);
  if (body.length < length) return 'more';
  return body.length > length ? 'foreign' : { status, body: body.toString('utf8') };
}

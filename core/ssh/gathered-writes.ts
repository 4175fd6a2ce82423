import type { Writable } from 'node:stream';

/**
 * From now on, what is written to the stream in one turn leaves together. The SSH library writes each packet in three
 * parts; each part would be a segment of its own, for which both sides do all the work that the whole packet takes.
 */
export function gatherWrites(stream: Writable): void {
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  let isGathering = false;
  const flush = (): void => {
    isGathering = false;
    stream.uncork();
  };
  stream.write = (...given: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      stream.cork();
      process.nextTick(flush);
    }
    return write(...given);
  };
}

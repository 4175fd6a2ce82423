import { asNumber, asObject, asText } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { scanJournal } from '../store/journal.ts';
import type { Held } from './session-catalog.ts';
import { type IndexRow, readIndex } from './session-index.ts';
import { applyRecord, blankState, type SessionState } from './session-state.ts';
import { type FileStamp, listTranscripts, type TranscriptFile } from './transcript-files.ts';

export interface LoadedSessions {
  held: Held[];
  /** Session id → the transcript as it was found, where the state is made of exactly that. */
  stamps: Map<string, FileStamp>;
  /** Path → damaged records in it. */
  damaged: Map<string, number>;
  /** Transcripts whose session goes on in a newer one: a reset that a crash cut short. */
  outdated: string[];
  /** Transcripts that had to be read, because the index did not know them as they are. */
  scanned: number;
}

interface Read {
  held: Held;
  damaged: number;
}

const FILES_AT_ONCE = 8;

/**
 * The sessions of a directory. The transcripts are the truth; the index only saves reading those that have
 * not changed since it was written. Damage costs the records it is in, never a session.
 */
export async function loadSessions(dir: string, log: Logger): Promise<LoadedSessions> {
  const index = await readIndex(dir);
  const stamps = new Map<string, FileStamp>();
  const reads: Read[] = [];
  const stale: { file: TranscriptFile; row: IndexRow | undefined }[] = [];
  for (const file of listTranscripts(dir)) {
    const row = index.get(file.sessionId);
    if (row && isSame(row, file)) {
      stamps.set(file.sessionId, row);
      reads.push({ held: heldFrom(row, file), damaged: row.damaged });
    } else stale.push({ file, row });
  }
  await eachOf(stale, FILES_AT_ONCE, async ({ file, row }) => {
    const read = await readTranscript(file, row, log);
    if (read) reads.push(read);
  });
  const damaged = reads.filter((read) => read.damaged > 0);
  return {
    ...newestByKey(reads.map(({ held }) => held)),
    stamps,
    scanned: stale.length,
    damaged: new Map(damaged.map((read) => [read.held.path, read.damaged])),
  };
}

const isSame = (row: IndexRow, file: FileStamp): boolean =>
  row.size === file.size && row.mtimeMs === file.mtimeMs && row.ino === file.ino;

function heldFrom(row: IndexRow, file: TranscriptFile): Held {
  const { entry, firstSeq, lastSeq, openRuns } = row;
  return { path: file.path, size: row.size, state: { entry, firstSeq, lastSeq, openRuns } };
}

async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  task: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const worker = async (): Promise<void> => {
    for (const item of rest) await task(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function readTranscript(
  file: TranscriptFile,
  row: IndexRow | undefined,
  log: Logger,
): Promise<Read | undefined> {
  const { path } = file;
  try {
    const { state, damaged, size } = await replay(file, row);
    if (damaged > 0) {
      log.warn('A transcript has damaged records; the others are fine.', { path, damaged });
    }
    return state && { held: { state, path, size }, damaged };
  } catch (error) {
    log.error('A transcript cannot be read; its session is left out.', { path, error: String(error) });
    return undefined;
  }
}

/** A file that only grew since the index was written is read from there on, any other from its start. */
async function replay(file: TranscriptFile, row: IndexRow | undefined) {
  const known = row && row.ino !== 0 && row.ino === file.ino && row.size < file.size ? row : undefined;
  let state = known && heldFrom(known, file).state;
  let damaged = known?.damaged ?? 0;
  let size = known?.size ?? 0;
  for await (const piece of scanJournal(file.path, size)) {
    if ('damaged' in piece) damaged += 1;
    else state = applyRecord(state ?? startOf(piece.record, file, row), piece.record);
    size = piece.offset + piece.length + 1;
  }
  return { state, damaged, size };
}

/** The key stands in the first record and again in the second; when both are lost the index or a made-up key helps out. */
function startOf(
  record: Record<string, unknown>,
  file: TranscriptFile,
  row: IndexRow | undefined,
): SessionState {
  const key =
    asText(record.key) ??
    asText(asObject(record.patch).key) ??
    row?.entry.key ??
    `agent:${file.agentId}:recovered:${file.sessionId}`;
  const at = asNumber(record.createdAt) ?? asNumber(record.at) ?? file.mtimeMs;
  const agentId = asText(record.agentId) ?? file.agentId;
  return blankState({ sessionId: file.sessionId, agentId }, key, at);
}

function newestByKey(all: readonly Held[]): { held: Held[]; outdated: string[] } {
  const newest = new Map<string, Held>();
  const outdated: string[] = [];
  for (const held of all) {
    const { key } = held.state.entry;
    const other = newest.get(key);
    const [kept, old] = other && startedAt(other) > startedAt(held) ? [other, held] : [held, other];
    newest.set(key, kept);
    if (old) outdated.push(old.path);
  }
  const held = [...newest.values()].sort((a, b) => a.state.entry.updatedAt - b.state.entry.updatedAt);
  return { held, outdated };
}

const startedAt = ({ state }: Held): number => state.entry.sessionStartedAt;

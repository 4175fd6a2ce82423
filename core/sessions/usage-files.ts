import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { asNumber, asObject, asText, type Json } from '../lib/json.ts';
import { scanJournal } from '../store/journal.ts';
import { fileStamp, isSessionId, listAgentDirs } from './transcript-files.ts';
import { addModel, addTo, noUsage, totalsOf, type UsageSum } from './usage-totals.ts';

/** A transcript or an archive of one, by its name. */
export interface UsageFile {
  path: string;
  sessionId: string;
  agentId: string;
  /** Undefined for the transcript in use. */
  archive?: { reason: string; at: number };
}

/** What a file has used, by quarter of an hour: the largest step in which the midnights of all zones fall. */
export interface FileUsage {
  key: string | undefined;
  quarters: Map<number, UsageSum>;
  /** The lowest sequence number in it. */
  firstSeq: number;
  /** How far it has been read. */
  size: number;
  ino: number;
}

export const QUARTER_MS = 900_000;
const NAME = /^(.{36})\.jsonl(?:\.(reset|deleted|detached|bak)\.(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(.+Z))?$/;

/** The transcripts and archives there are; of each session the newest first. */
export function listUsageFiles(dir: string): UsageFile[] {
  return listAgentDirs(dir).flatMap((agentDir) =>
    readdirSync(join(dir, agentDir))
      .flatMap((name) => usageFile(join(dir, agentDir, name)) ?? [])
      .sort((a, b) => endOf(b) - endOf(a)),
  );
}

/** A compaction's archive ends just before the file that goes on, even within the same millisecond. */
const endOf = ({ archive }: UsageFile): number =>
  archive ? archive.at - (archive.reason === 'bak' ? 0.5 : 0) : Number.POSITIVE_INFINITY;

function usageFile(path: string): UsageFile | undefined {
  const [, sessionId = '', reason, day, hour, minute, rest] = NAME.exec(basename(path)) ?? [];
  if (!isSessionId(sessionId)) return undefined;
  const agentId = basename(dirname(path)).replace(/^_/, '');
  if (reason === undefined) return { path, sessionId, agentId };
  return {
    path,
    sessionId,
    agentId,
    archive: { reason, at: Date.parse(`${day}T${hour}:${minute}:${rest}`) },
  };
}

const LONGEST_LATENCY_MS = 12 * 3_600_000;

/**
 * Reads what came to the file since `known`, or all of it when it is another file under the same name by now.
 * Messages from `below` on are left out: a newer file has them.
 */
export async function readUsage(
  { path }: UsageFile,
  known: FileUsage | undefined,
  below: number,
): Promise<FileUsage> {
  const { ino, size } = fileStamp(path) ?? { ino: 0, size: 0 };
  const usage = known?.ino === ino ? known : unreadUsage(ino);
  if (usage.size === size) return usage;
  let askedAt: number | undefined;
  for await (const piece of scanJournal(path, usage.size)) {
    usage.size = piece.offset + piece.length + 1;
    if ('damaged' in piece) continue;
    const { record } = piece;
    usage.key ??= asText(record.key) ?? asText(asObject(record.patch).key);
    if (record.type !== 'message' || record.isSummary === true) continue;
    askedAt = countMessage(usage, record, below, askedAt);
  }
  return usage;
}

const unreadUsage = (ino: number): FileUsage => ({
  key: undefined,
  quarters: new Map(),
  firstSeq: Number.POSITIVE_INFINITY,
  size: 0,
  ino,
});

/** Gives the time of the last question, for the latency of the next answer. */
function countMessage(
  usage: FileUsage,
  record: Json,
  below: number,
  askedAt: number | undefined,
): number | undefined {
  const seq = asNumber(record.seq) ?? 0;
  const at = asNumber(record.at) ?? 0;
  const message = asObject(record.message);
  usage.firstSeq = Math.min(usage.firstSeq, seq);
  const asked = message.role === 'user' ? at : askedAt;
  if (seq < below) count(usage, message, at, asked);
  return asked;
}

function count({ quarters }: FileUsage, message: Json, at: number, askedAt: number | undefined): void {
  const quarter = Math.floor(at / QUARTER_MS);
  const sum = quarters.get(quarter) ?? noUsage();
  quarters.set(quarter, sum);
  sum.firstAt = Math.min(sum.firstAt, at);
  sum.lastAt = Math.max(sum.lastAt, at);
  sum.messages.total += 1;
  if (message.role === 'user') sum.messages.user += 1;
  if (message.role === 'toolResult') sum.messages.toolResults += 1;
  if (message.isError === true || message.stopReason === 'error') sum.messages.errors += 1;
  if (message.role === 'assistant')
    countAnswer(sum, message, askedAt === undefined ? undefined : at - askedAt);
}

function countAnswer(sum: UsageSum, message: Json, latency: number | undefined): void {
  sum.messages.assistant += 1;
  countCalls(sum, message.content);
  const totals = totalsOf(asObject(message.usage));
  addTo(sum.totals, totals);
  const provider = asText(message.provider) ?? 'unknown';
  const model = asText(message.model) ?? 'unknown';
  addModel(sum.models, { provider, model, count: 1, totals });
  if (latency !== undefined && latency >= 0 && latency <= LONGEST_LATENCY_MS) sum.latencies.push(latency);
}

function countCalls(sum: UsageSum, content: unknown): void {
  const parts = Array.isArray(content) ? content.map(asObject) : [];
  for (const { name } of parts.filter(({ type }) => type === 'toolCall')) {
    const tool = asText(name) ?? 'unknown';
    sum.messages.toolCalls += 1;
    sum.tools.set(tool, (sum.tools.get(tool) ?? 0) + 1);
  }
}

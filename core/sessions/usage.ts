import type { Clock } from '../lib/clock.ts';
import { asNumber, asObject, type Json } from '../lib/json.ts';
import { invalidRequest } from '../protocol/errors.ts';
import { readJournalTail, scanJournal } from '../store/journal.ts';
import { textOf, wholeCharacters } from './message-text.ts';
import type { Held, SessionCatalog } from './session-catalog.ts';
import type { SessionEntry } from './session-types.ts';
import { type Calendar, daysBetween, type UsageRange, usageCalendar } from './usage-calendar.ts';
import { type FileUsage, listUsageFiles, QUARTER_MS, readUsage, type UsageFile } from './usage-files.ts';
import { aggregatesOf, type CountedFile, sessionUsageOf, type UsageAggregates } from './usage-summary.ts';
import {
  addTo,
  addUsage,
  noTotals,
  noUsage,
  totalsOf,
  type UsageSum,
  type UsageTotals,
} from './usage-totals.ts';

export interface UsageQuery extends UsageRange {
  key?: string;
  agentId?: string;
  /** Sessions in `sessions`; 50 unless given. Totals and aggregates are of all. */
  limit?: number;
}

export interface SessionUsageRow {
  entry: SessionEntry;
  /** Null when the session has not been used in these days. */
  usage: Json | null;
}

/** The answer to `sessions.usage`, but for the fields of a row that are the entry's. */
export interface UsageReport {
  updatedAt: number;
  startDate: string;
  endDate: string;
  sessions: SessionUsageRow[];
  totals: UsageTotals;
  aggregates: UsageAggregates;
  files: number;
}

/** The answer to `usage.cost`: every day of the range, used or not. */
export interface CostReport {
  updatedAt: number;
  days: number;
  daily: ({ date: string } & UsageTotals)[];
  totals: UsageTotals;
  files: number;
}

export interface UsagePoint {
  timestamp: number;
  input: number;
  output: number;
  cacheRead: number;
  cacheWrite: number;
  totalTokens: number;
  cost: number;
  cumulativeTokens: number;
  cumulativeCost: number;
}

export interface UsageLogLine {
  timestamp: number;
  role: 'user' | 'assistant' | 'tool' | 'toolResult';
  content: string;
  tokens?: number;
  cost?: number;
}

/** What the sessions have used, from the `usage` of the answers in their transcripts, archived ones included. */
export interface SessionUsage {
  sessions(query: UsageQuery): Promise<UsageReport>;
  cost(query: UsageQuery): Promise<CostReport>;
  /** One point for each answer; neighbours are added up when there are more than `maxPoints` (200). */
  timeseries(key: string, maxPoints?: number): Promise<{ sessionId: string; points: UsagePoint[] }>;
  /** The newest messages as lines of a log, oldest first. */
  logs(key: string, limit?: number): Promise<{ logs: UsageLogLine[] }>;
}

const FILES_AT_ONCE = 8;
/** Small files are read without a wait, so others get their turn in between. */
const GROUPS_WITHOUT_REST = 32;
const LOG_CHARS = 2_000;

export function openSessionUsage(dir: string, catalog: SessionCatalog, clock: Clock): SessionUsage {
  const known = new Map<string, FileUsage>();
  const held = (key: string): Held => {
    const found = catalog.get(key);
    if (!found) throw invalidRequest('session not found');
    return found;
  };
  const counted = async (query: UsageQuery, calendar: Calendar): Promise<CountedFile[]> => {
    const files = await readFiles(filesFor(dir, query, calendar), known);
    return files
      .map(({ file, usage }) => countedFile(file, usage, catalog, calendar))
      .filter(({ key }) => query.key === undefined || key === query.key);
  };
  return {
    async sessions(query) {
      const calendar = usageCalendar(query, clock.now());
      const files = await counted(query, calendar);
      const sessions = rowsFor(query, calendar, files, catalog, clock.now());
      const { startDate, endDate } = calendar;
      const aggregates = aggregatesOf(files);
      const totals = files.reduce((sum, file) => addTo(sum, file.sum.totals), noTotals());
      return {
        updatedAt: clock.now(),
        startDate,
        endDate,
        sessions,
        totals,
        aggregates,
        files: files.length,
      };
    },
    async cost(query) {
      const calendar = usageCalendar(query, clock.now());
      const files = await counted(query, calendar);
      const daily = daysBetween(calendar.startDate, calendar.endDate).map((date) => {
        const sums = files.flatMap(({ days }) => days.get(date) ?? []);
        return { date, ...sums.reduce((sum, day) => addTo(sum, day.totals), noTotals()) };
      });
      const totals = files.reduce((sum, file) => addTo(sum, file.sum.totals), noTotals());
      return { updatedAt: clock.now(), days: daily.length, daily, totals, files: files.length };
    },
    async timeseries(key, maxPoints = 200) {
      const { path, state } = held(key);
      return { sessionId: state.entry.sessionId, points: thinned(await pointsOf(path), maxPoints) };
    },
    async logs(key, limit = 200) {
      const { path, size } = held(key);
      const where = (record: Json): boolean => record.type === 'message';
      const { records } = await readJournalTail(path, limit, { before: size, where });
      return { logs: records.map(({ record }) => logLine(record)) };
    },
  };
}

function rowsFor(
  { key, agentId, limit = 50 }: UsageQuery,
  calendar: Calendar,
  files: readonly CountedFile[],
  catalog: SessionCatalog,
  now: number,
): SessionUsageRow[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const query = { agentId, archived: 'all', includeGlobal: true, includeUnknown: true } as const;
  const isWanted = (entry: SessionEntry): boolean =>
    key === undefined ? calendar.dayOf(entry.updatedAt) >= calendar.startDate : entry.key === key;
  const entries = catalog.list(query, now).rows.filter(isWanted).slice(0, limit);
  return entries.map((entry) => {
    const file = byPath.get(catalog.get(entry.key)?.path ?? '');
    return { entry, usage: file && file.sum.messages.total > 0 ? sessionUsageOf(entry, file) : null };
  });
}

/** Archives that end before the range begins have nothing for it. */
function filesFor(dir: string, query: UsageQuery, calendar: Calendar): UsageFile[] {
  return listUsageFiles(dir).filter(
    ({ agentId, archive }) =>
      (query.agentId === undefined || query.agentId === agentId) &&
      (archive === undefined || calendar.dayOf(archive.at) >= calendar.startDate),
  );
}

/** A session that was compacted has its older messages in archives: each is read up to where the newer file begins. */
async function readFiles(
  files: readonly UsageFile[],
  known: Map<string, FileUsage>,
): Promise<{ file: UsageFile; usage: FileUsage }[]> {
  const bySession = new Map<string, UsageFile[]>();
  for (const file of files) {
    const group = bySession.get(file.sessionId);
    if (group) group.push(file);
    else bySession.set(file.sessionId, [file]);
  }
  const groups = bySession.values();
  const read: { file: UsageFile; usage: FileUsage }[] = [];
  const worker = async (): Promise<void> => {
    for (const group of groups) {
      if (read.length % GROUPS_WITHOUT_REST === 0) await new Promise((resolve) => setImmediate(resolve));
      let below = Number.POSITIVE_INFINITY;
      for (const file of group) {
        const usage = await readUsage(file, known.get(file.path), below);
        known.set(file.path, usage);
        below = Math.min(below, usage.firstSeq);
        read.push({ file, usage });
      }
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  return read;
}

function countedFile(
  file: UsageFile,
  usage: FileUsage,
  catalog: SessionCatalog,
  calendar: Calendar,
): CountedFile {
  const days = new Map<string, UsageSum>();
  const sum = noUsage();
  for (const [quarter, used] of usage.quarters) {
    const day = calendar.dayOf(quarter * QUARTER_MS);
    if (day < calendar.startDate || day > calendar.endDate) continue;
    days.set(day, addUsage(days.get(day) ?? noUsage(), used));
    addUsage(sum, used);
  }
  const entry = usage.key === undefined ? undefined : catalog.get(usage.key)?.state.entry;
  const { path, agentId, sessionId } = file;
  return { path, agentId, sessionId, key: usage.key, channel: entry?.lastChannel, days, sum };
}

async function pointsOf(path: string): Promise<UsagePoint[]> {
  const points: UsagePoint[] = [];
  let [cumulativeTokens, cumulativeCost] = [0, 0];
  for await (const piece of scanJournal(path)) {
    const message = 'record' in piece ? asObject(piece.record.message) : {};
    if (message.role !== 'assistant' || message.usage === undefined) continue;
    const {
      input,
      output,
      cacheRead,
      cacheWrite,
      totalTokens,
      totalCost: cost,
    } = totalsOf(asObject(message.usage));
    if (totalTokens === 0) continue;
    cumulativeTokens += totalTokens;
    cumulativeCost += cost;
    const timestamp = asNumber(message.timestamp) ?? 0;
    points.push({
      timestamp,
      input,
      output,
      cacheRead,
      cacheWrite,
      totalTokens,
      cost,
      cumulativeTokens,
      cumulativeCost,
    });
  }
  return points;
}

function thinned(points: UsagePoint[], maxPoints: number): UsagePoint[] {
  const step = Math.ceil(points.length / Math.max(1, maxPoints));
  if (step <= 1) return points;
  const groups = Array.from({ length: Math.ceil(points.length / step) }, (_, at) =>
    points.slice(at * step, (at + 1) * step),
  );
  return groups.flatMap((group) => {
    const last = group.at(-1);
    if (!last) return [];
    const { timestamp, cumulativeTokens, cumulativeCost } = last;
    const sum = group.slice(1).reduce((into, point) => addTo(into, point), { ...(group[0] ?? last) });
    return [{ ...sum, timestamp, cumulativeTokens, cumulativeCost }];
  });
}

function logLine(record: Json): UsageLogLine {
  const message = asObject(record.message);
  const { totalTokens, totalCost } = totalsOf(asObject(message.usage));
  const role = message.role === 'user' || message.role === 'toolResult' ? message.role : 'assistant';
  return {
    timestamp: asNumber(message.timestamp) ?? asNumber(record.at) ?? 0,
    role,
    content: wholeCharacters(textOf(message).slice(0, LOG_CHARS)),
    ...(totalTokens > 0 ? { tokens: totalTokens } : {}),
    ...(totalCost > 0 ? { cost: totalCost } : {}),
  };
}

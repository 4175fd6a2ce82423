import { LOG_LEVELS, type LogLevel, type WritableLevel } from '../lib/log.ts';
import { admits } from './record.ts';

/** A line of the log file as far as it could be understood. */
export interface LogLine {
  /** ISO, with the offset of the gateway's time zone. */
  time?: string;
  level?: WritableLevel;
  subsystem?: string;
  message: string;
  fields?: Record<string, unknown>;
}

type Entry = Record<string, unknown>;

const isEntry = (value: unknown): value is Entry =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parseJson = (text: unknown): unknown => {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
};

/** Undefined for a line that is not a log entry. Source: files page, log line. */
export function parseLogLine(raw: string): LogLine | undefined {
  const entry = /^\s*\{/.test(raw) ? parseJson(raw) : undefined;
  if (!isEntry(entry)) return undefined;
  const meta = isEntry(entry._meta) ? entry._meta : {};
  const subsystem = subsystemOf(entry['0']) ?? subsystemOf(meta.name);
  const hasPrefix = subsystemOf(entry['0']) !== undefined;
  const parts = ['0', '1', '2', '3'].slice(hasPrefix ? 1 : 0).map((key) => entry[key]);
  const fields = parts.find(isEntry);
  const texts = parts.filter((part) => part !== undefined && !isEntry(part));
  return {
    ...(typeof entry.time === 'string' && { time: entry.time }),
    ...levelOf(meta.logLevelName),
    ...(subsystem !== undefined && { subsystem }),
    message: texts.map(String).join(' '),
    ...(fields && { fields }),
  };
}

function subsystemOf(name: unknown): string | undefined {
  if (typeof name !== 'string' || !name.startsWith('{')) return undefined;
  const [, usual] = /^\{"subsystem":"([^"\\]*)"\}$/.exec(name) ?? [];
  if (usual !== undefined) return usual;
  const parsed = parseJson(name);
  return isEntry(parsed) && typeof parsed.subsystem === 'string' ? parsed.subsystem : undefined;
}

function levelOf(name: unknown): { level?: WritableLevel } {
  const known = LOG_LEVELS.find((level) => level === String(name).toLowerCase());
  return known === undefined || known === 'silent' ? {} : { level: known };
}

/** The message and after it the fields, as `key=value`. */
export function bodyOf({ message, fields = {} }: LogLine): string {
  return [message, ...Object.entries(fields).map(([key, value]) => `${key}=${plain(value)}`)].join(' ');
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

/** Epoch milliseconds, or undefined where the line has no readable time. */
export function timeOf(line: LogLine | undefined): number | undefined {
  const time = line?.time === undefined ? Number.NaN : Date.parse(line.time);
  return Number.isNaN(time) ? undefined : time;
}

/** A line without a level stays: nobody can say it is not grave. */
export const isAtLeast = (line: LogLine | undefined, threshold: LogLevel): boolean =>
  line?.level === undefined || admits(threshold, line.level);

/** Lines without a readable time stay. */
export const isSince = (line: LogLine | undefined, oldest: number): boolean =>
  (timeOf(line) ?? Number.POSITIVE_INFINITY) >= oldest;

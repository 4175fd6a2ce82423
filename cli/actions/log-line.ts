import { LOG_LEVELS, type LogLevel } from '../../core/lib/log.ts';
import { escapeControl } from '../../core/logs/console-log.ts';
import { admits } from '../../core/logs/record.ts';
import type { Style } from '../output.ts';

/** A line of the log file as far as it could be understood. */
export interface LogLine {
  /** ISO, with the offset of the gateway's time zone. */
  time?: string;
  level?: Exclude<LogLevel, 'silent'>;
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
  const entry = parseJson(raw);
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
  const parsed = typeof name === 'string' && name.startsWith('{') ? parseJson(name) : undefined;
  return isEntry(parsed) && typeof parsed.subsystem === 'string' ? parsed.subsystem : undefined;
}

function levelOf(name: unknown): { level?: Exclude<LogLevel, 'silent'> } {
  const known = LOG_LEVELS.find((level) => level === String(name).toLowerCase());
  return known === undefined || known === 'silent' ? {} : { level: known };
}

/** A line without a level stays: nobody can say it is not grave. */
export const isAtLeast = (line: LogLine | undefined, threshold: LogLevel): boolean =>
  line?.level === undefined || admits(threshold, line.level);

/** Lines without a readable time stay. */
export function isSince(line: LogLine | undefined, oldest: number): boolean {
  const time = line?.time === undefined ? Number.NaN : Date.parse(line.time);
  return Number.isNaN(time) || time >= oldest;
}

/** `2026-11-22T11:13:04.866+00:00 warn [gateway] message key=value`. */
export function logLineText(line: LogLine, style: Style): string {
  const fields = Object.entries(line.fields ?? {}).map(([key, value]) => `${key}=${plain(value)}`);
  const message = escapeControl([line.message, ...fields].join(' '));
  return [
    line.time && style.dim(escapeControl(line.time)),
    line.level && paintLevel(line.level, style),
    line.subsystem && `[${escapeControl(line.subsystem)}]`,
    message,
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));

function paintLevel(level: Exclude<LogLevel, 'silent'>, style: Style): string {
  if (level === 'fatal' || level === 'error') return style.red(level);
  if (level === 'warn') return style.yellow(level);
  return level === 'info' ? level : style.dim(level);
}

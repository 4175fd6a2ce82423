import { hostname } from 'node:os';
import { LOG_LEVELS, type LogLevel, type WritableLevel } from '../lib/log.ts';

/** What every sink receives. `message` and `fields` are already redacted and plain JSON values. */
export interface LogRecord {
  level: WritableLevel;
  /** The part of the program that speaks, such as `gateway/ws`. */
  subsystem: string;
  message: string;
  fields?: Record<string, unknown>;
  /** Epoch milliseconds. */
  time: number;
}

const LEVEL_IDS: Record<WritableLevel, number> = { trace: 1, debug: 2, info: 3, warn: 4, error: 5, fatal: 6 };

/** A message or its fields beyond this many characters are cut, so that one line stays far below a `logs.tail` answer. */
const MAX_TEXT_CHARS = 8192;

/** True when a sink set to `threshold` takes records of `level`. */
export const admits = (threshold: LogLevel, level: WritableLevel): boolean =>
  LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(threshold);

const two = (value: number): string => String(value).padStart(2, '0');

/** `2026-11-22T11:13:04.866+01:00`: local time with its offset. `offsetMinutes` is minutes east of UTC. */
export function localTimestamp(time: number, offsetMinutes = -new Date(time).getTimezoneOffset()): string {
  const shifted = new Date(time + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const size = Math.abs(offsetMinutes);
  const sign = offsetMinutes < 0 ? '-' : '+';
  return `${shifted}${sign}${two(Math.floor(size / 60))}:${two(Math.round(size % 60))}`;
}

const cut = (text: string): string =>
  text.length <= MAX_TEXT_CHARS
    ? text
    : `${text.slice(0, MAX_TEXT_CHARS)}… (+${text.length - MAX_TEXT_CHARS} characters)`;

const boundedFields = (fields: Record<string, unknown>): Record<string, unknown> => {
  const size = JSON.stringify(fields).length;
  return size <= MAX_TEXT_CHARS ? fields : { omitted: `fields of ${size} characters` };
};

/** The line of the log file for a record, without its newline; the format is the field's own, see `logs.tail`. */
export function fileLine(record: LogRecord): string {
  const name = JSON.stringify({ subsystem: record.subsystem });
  const message = cut(record.message);
  const host = hostname();
  return JSON.stringify({
    '0': name,
    '1': message,
    ...(record.fields === undefined ? {} : { '2': boundedFields(record.fields) }),
    _meta: {
      runtime: 'node',
      runtimeVersion: process.versions.node,
      hostname: host,
      name,
      parentNames: ['openclaw'],
      date: new Date(record.time).toISOString(),
      logLevelId: LEVEL_IDS[record.level],
      logLevelName: record.level.toUpperCase(),
    },
    hostname: host,
    message,
    time: localTimestamp(record.time),
  });
}

import { LOG_LEVELS, type LogLevel } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import { bodyOf, isAtLeast, type LogLine, timeOf } from './log-line.ts';

/** What of a log is wanted; an absent field asks for nothing. */
export interface LogFilter {
  /** The mildest level that is shown. */
  level?: LogLevel;
  /** `gateway` is also all that is named `gateway/…`. */
  subsystem?: string;
  /** Epoch milliseconds, both included. */
  sinceMs?: number;
  untilMs?: number;
  /** Anywhere in subsystem, message and fields, in whatever case. */
  text?: string;
  /** `text` is a regular expression. */
  isPattern?: boolean;
}

export interface LineTest {
  /** Every line that matches holds this in its bytes, in whatever case; undefined where nothing can be said. */
  hint: RegExp | undefined;
  /** A cheap look at the bytes of a line: false only when it cannot match. */
  mayMatch(bytes: string): boolean;
  matches(line: LogLine | undefined, raw: string): boolean;
}

/** Throws BAD_ARGUMENT for a text that is no regular expression where it has to be one. */
export function compileFilter(filter: LogFilter): LineTest {
  const { level, subsystem } = filter;
  const hasText = textTest(filter);
  const [hint, ...others] = runsOf(filter);
  const looks = [...others.map((run) => (bytes: string) => run.test(bytes)), ...levelLook(level)];
  return {
    hint: hint && new RegExp(hint, 'gi'),
    mayMatch: (bytes) => looks.every((look) => look(bytes)),
    matches: (line, raw) =>
      (level === undefined || isAtLeast(line, level)) &&
      (subsystem === undefined || isOfSubsystem(line, subsystem)) &&
      isWithin(line, filter) &&
      hasText(line === undefined ? raw : `${line.subsystem ?? ''} ${bodyOf(line)}`),
  };
}

const isOfSubsystem = (line: LogLine | undefined, wanted: string): boolean =>
  line?.subsystem === wanted || line?.subsystem?.startsWith(`${wanted}/`) === true;

/** Lines without a readable time stay. */
function isWithin(line: LogLine | undefined, { sinceMs, untilMs }: LogFilter): boolean {
  if (sinceMs === undefined && untilMs === undefined) return true;
  const time = timeOf(line);
  return time === undefined || (time >= (sinceMs ?? time) && time <= (untilMs ?? time));
}

function textTest({ text, isPattern }: LogFilter): (shown: string) => boolean {
  if (text === undefined || text === '') return () => true;
  const pattern = isPattern ? patternOf(text) : new RegExp(escaped(text), 'iu');
  return (shown) => pattern.test(shown);
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch (error) {
    throw new RpcError('BAD_ARGUMENT', `Not a regular expression: ${(error as Error).message}`);
  }
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** What is in no need of an escape in JSON, and part of nothing that is put together for people. */
const PLAIN = /[\w./:@-]+/g;

/** The longest first: each has to be in the bytes of a line that matches. */
function runsOf({ text, isPattern }: LogFilter): RegExp[] {
  if (text === undefined || isPattern) return [];
  // K and ſ have capital and small forms beyond ASCII, which a look at bytes does not see.
  const runs = (text.match(PLAIN) ?? []).flatMap((run) => run.split(/[ks]/i)).filter((run) => run.length > 1);
  return runs.sort((one, other) => other.length - one.length).map((run) => new RegExp(escaped(run), 'i'));
}

const LEVEL_KEY = '"logLevelName":"';

function levelLook(threshold: LogLevel | undefined): ((bytes: string) => boolean)[] {
  if (threshold === undefined) return [];
  const milder = LOG_LEVELS.slice(LOG_LEVELS.indexOf(threshold) + 1).map((name) => name.toUpperCase());
  const look = (bytes: string): boolean => {
    const at = bytes.indexOf(LEVEL_KEY);
    // Fields of a line may have the same name: then only reading it as a whole tells.
    if (at === -1 || bytes.indexOf(LEVEL_KEY, at + 1) !== -1) return true;
    const start = at + LEVEL_KEY.length;
    return !milder.includes(bytes.slice(start, bytes.indexOf('"', start)));
  };
  return [look];
}

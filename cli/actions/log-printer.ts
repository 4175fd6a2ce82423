import { isAtLeast, isSince, type LogLine, parseLogLine } from '../../core/logs/log-line.ts';
import type { LogTail } from '../../core/logs/tail.ts';
import type { LogsFlags } from '../commands/logs.ts';
import type { Invocation } from '../invocation.ts';
import { type Style, safeText } from '../output.ts';
import { tellNote } from '../told-lines.ts';
import { logLineText } from './log-line.ts';

export interface LogPrinter {
  /** The first answer: at most `--limit` lines of it. */
  start(source: 'gateway' | 'files', tail: LogTail): void;
  more(tail: LogTail): void;
}

interface Line {
  raw: string;
  parsed: LogLine | undefined;
}

const noColours: Style = {
  bold: String,
  dim: String,
  red: String,
  green: String,
  yellow: String,
};

/** People get lines; programs get one JSON object a line: `meta` first, then `log`, `raw` and `notice`. */
export function createLogPrinter(invocation: Invocation<LogsFlags>): LogPrinter {
  const { output, options, cli } = invocation;
  const oldest = options.since === undefined ? Number.NEGATIVE_INFINITY : cli.clock.now() - options.since;
  const threshold = options.level ?? 'trace';
  const style = options.plain ? noColours : output.style;

  const wanted = (tail: LogTail): Line[] =>
    tail.lines
      .map((raw) => ({ raw, parsed: parseLogLine(raw) }))
      .filter(({ parsed }) => isSince(parsed, oldest) && isAtLeast(parsed, threshold));

  const print = (line: Line): void => {
    if (output.json) output.record(record(line));
    else output.line(line.parsed ? logLineText(line.parsed, style) : safeText(line.raw));
  };

  return {
    start(source, tail) {
      const { file, cursor, size, truncated, reset } = tail;
      if (output.json) output.record({ type: 'meta', source, file, cursor, size, truncated, reset });
      const lines = wanted(tail).slice(-options.limit);
      for (const line of lines) print(line);
      if (lines.length === 0 && !output.json) tellNote(invocation, `No lines to show in ${file}.`);
    },
    more(tail) {
      if (tail.reset) notice(invocation, tail);
      for (const line of wanted(tail)) print(line);
    },
  };
}

function notice(invocation: Invocation<LogsFlags>, { skippedBytes }: LogTail): void {
  const message = skippedBytes
    ? `${skippedBytes} bytes were written faster than they could be shown.`
    : 'The log file was replaced.';
  const { output } = invocation;
  if (output.json) output.record({ type: 'notice', message });
  else tellNote(invocation, message);
}

const record = ({ raw, parsed }: Line): Record<string, unknown> =>
  parsed ? { type: 'log', ...parsed, raw } : { type: 'raw', raw };

import type { Clock } from '../lib/clock.ts';
import type { Logger, LogLevel, WritableLevel } from '../lib/log.ts';
import type { ConsoleSink } from './console-log.ts';
import type { FileLog } from './file-log.ts';
import { plainFields } from './plain-fields.ts';
import { admits, type LogRecord } from './record.ts';
import type { Redactor } from './redactor.ts';

export interface LoggerOptions {
  file?: FileLog;
  console?: ConsoleSink;
  fileLevel: LogLevel;
  consoleLevel: LogLevel;
  redactor: Redactor;
  clock: Clock;
  /** Name of this logger until `child` gives another one; `gateway` unless told. */
  subsystem?: string;
}

/** The logger of the program. Message and fields are redacted here, before any sink sees them. */
export function createLogger(options: LoggerOptions): Logger {
  const { file, console, redactor, clock, subsystem = 'gateway' } = options;
  const fileTakes = (level: WritableLevel): boolean => file !== undefined && admits(options.fileLevel, level);
  const consoleTakes = (level: WritableLevel): boolean =>
    console !== undefined && admits(options.consoleLevel, level);
  const enabled = (level: WritableLevel): boolean => fileTakes(level) || consoleTakes(level);

  const build = (level: WritableLevel, message: string, fields?: Record<string, unknown>): LogRecord => ({
    level,
    subsystem,
    message: redactor.redact(message),
    ...(fields === undefined ? {} : { fields: plainFields(fields, redactor) }),
    time: clock.now(),
  });

  const at =
    (level: WritableLevel): Logger[WritableLevel] =>
    (message, fields) => {
      if (!enabled(level)) return;
      const record = build(level, message, fields);
      if (fileTakes(level)) file?.write(record);
      if (consoleTakes(level)) console?.write(record);
    };

  return {
    fatal: at('fatal'),
    error: at('error'),
    warn: at('warn'),
    info: at('info'),
    debug: at('debug'),
    trace: at('trace'),
    enabled,
    child: (name) => createLogger({ ...options, subsystem: name }),
  };
}

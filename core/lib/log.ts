export const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type WritableLevel = Exclude<LogLevel, 'silent'>;

/** `fields` are structured data of a record; values that are secrets never belong in them. */
export interface Logger {
  fatal(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  debug(message: string, fields?: Record<string, unknown>): void;
  trace(message: string, fields?: Record<string, unknown>): void;
  /** True when a record of this level would be written anywhere: ask before building an expensive one. */
  enabled(level: WritableLevel): boolean;
  /** A logger for one part of the program, such as `gateway/ws`. */
  child(subsystem: string): Logger;
}

const nothing = (): void => {};

export const silentLogger: Logger = {
  fatal: nothing,
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  trace: nothing,
  enabled: () => false,
  child: () => silentLogger,
};

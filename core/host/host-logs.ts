import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import { readConfigFile } from '../config/read.ts';
import type { GatewayFlags } from '../config/settings.ts';
import type { Clock } from '../lib/clock.ts';
import { asNumber, asText, valueAt } from '../lib/json.ts';
import { LOG_LEVELS, type Logger, type LogLevel } from '../lib/log.ts';
import { type ConsoleStyle, createConsoleSink } from '../logs/console-log.ts';
import { type FileLog, openFileLog } from '../logs/file-log.ts';
import { isLogName } from '../logs/log-files.ts';
import { createLogger } from '../logs/logger.ts';
import { createRedactor, type Redactor } from '../logs/redactor.ts';

const MB = 1024 * 1024;
/** One file, and all of them together. */
const MAX_FILE_BYTES = 20 * MB;
const MAX_TOTAL_BYTES = 100 * MB;

export interface HostLogs {
  log: Logger;
  file: FileLog;
  redactor: Redactor;
  /** Where `logs.tail` reads. */
  place: { dir: string; file?: string; profile?: string };
  close(): Promise<void>;
}

export interface HostLogsOptions {
  paths: StatePaths;
  flags: GatewayFlags;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/** Opens the log file and the console as the configuration wants them; a bad configuration gets the defaults. */
export async function openHostLogs(options: HostLogsOptions): Promise<HostLogs> {
  const { paths, flags, env, clock, stdout, stderr } = options;
  const { resolved } = await readConfigFile(paths.configPath, env, paths);
  const fixed = asText(valueAt(resolved, 'logging.file'))?.replace(/^~(?=$|[\\/])/, () => paths.home);
  const place = {
    dir: join(paths.trayDir, 'logs'),
    ...(fixed === undefined ? {} : { file: fixed }),
    ...(paths.profile === undefined ? {} : { profile: paths.profile }),
  };
  const levelAt = (path: string): LogLevel =>
    level(env.OPENCLAW_LOG_LEVEL) ?? level(valueAt(resolved, path)) ?? 'info';
  const fileLevel = levelAt('logging.level');
  const consoleLevel = flags.verbose ? 'debug' : levelAt('logging.consoleLevel');
  const maxFileBytes = Math.min(
    asNumber(valueAt(resolved, 'logging.maxFileBytes')) ?? MAX_FILE_BYTES,
    MAX_TOTAL_BYTES,
  );
  const file = openFileLog({
    ...place,
    level: fileLevel,
    maxFileBytes,
    maxTotalBytes: MAX_TOTAL_BYTES,
    clock,
  });
  const console = createConsoleSink({
    stdout,
    stderr,
    style: style(valueAt(resolved, 'logging.consoleStyle')),
    env,
    clock,
  });
  const redactor = createRedactor();
  const log = createLogger({ file, console, fileLevel, consoleLevel, redactor, clock });
  const isDevice = fixed !== undefined && (await stat(fixed).catch(() => undefined))?.isCharacterDevice();
  if (fixed !== undefined && !isLogName(fixed) && !isDevice) {
    log.warn(
      'There is no log file: the name in logging.file does not end in .log or .jsonl. Give it such a name, or remove logging.file, and restart.',
      { file: fixed },
    );
  }
  const close = async (): Promise<void> => {
    console.close();
    await file.close();
  };
  return { log, file, redactor, place, close };
}

function level(value: unknown): LogLevel | undefined {
  return LOG_LEVELS.find((known) => known === value);
}

function style(value: unknown): ConsoleStyle {
  return value === 'compact' || value === 'json' ? value : 'pretty';
}

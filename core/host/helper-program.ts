import { join } from 'node:path';

const TIMEOUT_MS = 5000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;

/** A program of Windows by its full path below the system directory. */
export const windowsProgram = (...parts: string[]): string =>
  join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', ...parts);

/**
 * Output of a helper program of the operating system, or undefined when it is missing, fails or
 * hangs. No shell, no inherited environment, neutral directory; English words and UTC times.
 */
export async function runHelper(path: string, args: readonly string[]): Promise<string | undefined> {
  const windows = process.platform === 'win32';
  const env = windows ? { SystemRoot: process.env.SystemRoot } : { LC_ALL: 'C', TZ: 'UTC' };
  const options = {
    env,
    cwd: windows ? windowsProgram() : '/',
    timeout: TIMEOUT_MS,
    maxBuffer: MAX_OUTPUT_BYTES,
    windowsHide: true,
  };
  // Loaded here, because most commands of the CLI pass by without needing a helper.
  const { execFile } = await import('node:child_process');
  return new Promise((resolve) => {
    execFile(path, args, options, (error, stdout) => resolve(error ? undefined : stdout));
  });
}

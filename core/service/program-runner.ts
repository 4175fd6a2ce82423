/** How a program of the operating system ended. */
export interface ProgramResult {
  /** Null when it did not end by itself, or never ran. */
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** Set when there is no exit status. */
  failure?: 'missing' | 'timeout' | 'denied';
}

/** Runs a program found on PATH with exactly these arguments, without a shell; it never rejects. */
export type RunProgram = (
  program: string,
  args: readonly string[],
  options?: { timeoutMs?: number },
) => Promise<ProgramResult>;

const TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const SECRET_NAME = /TOKEN|PASSWORD|SECRET|API_?KEY/i;

export interface RunnerOptions {
  /** Where Windows keeps its own programs, so that none of the working directory is taken for one. */
  windowsDir?: string | undefined;
  /** No program gets more milliseconds than this. */
  limitMs?: number | undefined;
}

/**
 * The programs of this machine. They get the environment without secrets, neutral words (`LC_ALL`), and nothing on
 * stdin.
 */
export function systemRunner(
  env: NodeJS.ProcessEnv,
  { windowsDir, limitMs = Number.POSITIVE_INFINITY }: RunnerOptions = {},
): RunProgram {
  const kept = Object.entries(env).filter(([name]) => !SECRET_NAME.test(name));
  const childEnv = { ...Object.fromEntries(kept), LC_ALL: 'C', LANGUAGE: '' };
  return async (program, args, { timeoutMs = TIMEOUT_MS } = {}) => {
    const { execFile } = await import('node:child_process');
    const options = {
      env: childEnv,
      timeout: Math.min(timeoutMs, limitMs),
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
      encoding: 'buffer' as const,
      ...(windowsDir === undefined ? {} : { cwd: windowsDir }),
    };
    return new Promise((resolve) => {
      const child = execFile(program, args, options, (error, stdout, stderr) =>
        resolve({ ...endOf(error), stdout: textOf(stdout), stderr: textOf(stderr) }),
      );
      child.stdin?.end();
    });
  };
}

type ExecError = Error & { code?: number | string | null; killed?: boolean };

function endOf(error: ExecError | null): Pick<ProgramResult, 'exitCode' | 'failure'> {
  if (error === null) return { exitCode: 0 };
  if (typeof error.code === 'number') return { exitCode: error.code };
  if (error.killed) return { exitCode: null, failure: 'timeout' };
  return {
    exitCode: null,
    failure: error.code === 'EACCES' || error.code === 'EPERM' ? 'denied' : 'missing',
  };
}

/** Programs of Windows write UTF-16 when they write XML; others write what the console is set to. */
function textOf(bytes: Buffer): string {
  const isWide = bytes.length >= 2 && ((bytes[0] === 0xff && bytes[1] === 0xfe) || bytes[1] === 0);
  return bytes.toString(isWide ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
}

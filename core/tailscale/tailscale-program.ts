import { type ExecFileException, execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** How a program ended. */
export type ProgramEnd =
  | { kind: 'ended'; code: number; stdout: string; stderr: string }
  /** Ended by us when its time was up; what it had said by then. */
  | { kind: 'late'; stdout: string; stderr: string }
  | { kind: 'missing' };

/** Runs `tailscale` with these arguments, without a shell. Never rejects. */
export type RunTailscale = (argv: readonly string[], timeoutMs: number) => Promise<ProgramEnd>;

/** The command line inside the app of macOS, which its App Store edition puts on no PATH. */
const MAC_APP = '/Applications/Tailscale.app/Contents/MacOS/Tailscale';
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** The `tailscale` of this machine: on PATH, else the one in the app of macOS. */
export function systemTailscale(env: NodeJS.ProcessEnv, platform = process.platform): RunTailscale {
  return async (argv, timeoutMs) => {
    const first = await run('tailscale', argv, { env, timeoutMs });
    const hasApp = first.kind === 'missing' && platform === 'darwin' && isExecutable(MAC_APP);
    return hasApp ? run(MAC_APP, argv, { env, timeoutMs }) : first;
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function run(
  program: string,
  argv: readonly string[],
  { env, timeoutMs }: { env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const options = {
      env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL' as const,
      maxBuffer: MAX_OUTPUT_BYTES,
      windowsHide: true,
    };
    const child = execFile(program, [...argv], options, (error, stdout, stderr) =>
      resolve(error ? failedEnd(error, stdout, stderr) : { kind: 'ended', code: 0, stdout, stderr }),
    );
    child.stdin?.end();
  });
}

function failedEnd(error: ExecFileException, stdout: string, stderr: string): ProgramEnd {
  if (error.code === 'ENOENT' || error.code === 'EACCES') return { kind: 'missing' };
  if (error.killed) return { kind: 'late', stdout, stderr };
  const code = typeof error.code === 'number' ? error.code : 1;
  return { kind: 'ended', code, stdout, stderr: stderr || error.message };
}

import { runHelper } from './helper-program.ts';

export interface PsProcess {
  /** Epoch milliseconds as text; whole seconds. */
  startTime: string;
  command: string;
}

/** Reads `ps -o lstart= -o command=`, run with LC_ALL=C and TZ=UTC. */
export function parsePs(output: string): PsProcess | undefined {
  const found = /^\s*(\w{3}\s+\w{3}\s+\d+\s+[\d:]+\s+\d{4})\s+(\S.*)$/m.exec(output);
  const started = Date.parse(`${found?.[1]?.replace(/\s+/g, ' ')} UTC`);
  if (!found || Number.isNaN(started)) return undefined;
  return { startTime: String(started), command: found[2] ?? '' };
}

/** A running process as `ps` of macOS and BSD sees it. */
export async function queryPs(pid: number): Promise<PsProcess | undefined> {
  const output = await runHelper('/bin/ps', ['-ww', '-o', 'lstart=', '-o', 'command=', '-p', String(pid)]);
  return output === undefined ? undefined : parsePs(output);
}

import { runHelper, windowsProgram } from './helper-program.ts';

export interface WindowsProcess {
  program: string | undefined;
  /** Undefined for processes of other users. */
  commandLine: string | undefined;
  /** Epoch milliseconds as text. */
  startTime: string | undefined;
  user: string | undefined;
}

const script = (pid: number): string =>
  [
    '[Console]::OutputEncoding=[Text.Encoding]::UTF8',
    `$p=Get-CimInstance Win32_Process -Filter 'ProcessId=${pid}'`,
    '$s=$null; if($p.CreationDate){$s=([DateTimeOffset]$p.CreationDate).ToUnixTimeMilliseconds()}',
    '$o=Invoke-CimMethod -InputObject $p -MethodName GetOwner',
    '@{name=$p.Name;command=$p.CommandLine;start=$s;user=$o.User}|ConvertTo-Json -Compress',
  ].join(';');

const textOr = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** Reads the JSON line of the query above. */
export function parseProcessJson(output: string): WindowsProcess | undefined {
  try {
    const found = JSON.parse(output) as Record<string, unknown>;
    return {
      program: textOr(found.name),
      commandLine: textOr(found.command),
      startTime: typeof found.start === 'number' ? String(found.start) : undefined,
      user: textOr(found.user),
    };
  } catch {
    return undefined;
  }
}

/** The image name in a line of `tasklist /FO CSV /NH`; its words may be in any language, its columns are not. */
export function parseTasklist(output: string, pid: number): string | undefined {
  for (const line of output.split(/\r?\n/)) {
    const columns = [...line.matchAll(/"([^"]*)"/g)].map((found) => found[1]);
    if (columns[1] === String(pid)) return columns[0];
  }
  return undefined;
}

/** A running process as Windows sees it; without PowerShell only its program is known. */
export async function queryWindowsProcess(pid: number): Promise<WindowsProcess | undefined> {
  const powershell = windowsProgram('WindowsPowerShell', 'v1.0', 'powershell.exe');
  const output = await runHelper(powershell, ['-NoProfile', '-NonInteractive', '-Command', script(pid)]);
  const known = output === undefined ? undefined : parseProcessJson(output);
  if (known?.program) return known;
  const tasks = await runHelper(windowsProgram('tasklist.exe'), [
    '/FO',
    'CSV',
    '/NH',
    '/FI',
    `PID eq ${pid}`,
  ]);
  const program = tasks === undefined ? undefined : parseTasklist(tasks, pid);
  return program === undefined
    ? undefined
    : { program, commandLine: undefined, startTime: undefined, user: undefined };
}

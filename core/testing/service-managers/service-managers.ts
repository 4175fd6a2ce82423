import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What one of the programs says instead of acting; `args` is a part of its arguments. */
export interface RecordedAnswer {
  program: string;
  args: string;
  exitCode: number;
  stdout?: string;
  stderr?: string;
}

const SYSTEMD = ['systemctl', 'loginctl', 'journalctl'];
export const LAUNCHD = ['launchctl'];
export const WINDOWS = ['schtasks', 'powershell'];

/** Scripted service managers in a directory for the PATH; what they start ends with them. */
export class ServiceManagers {
  readonly dir: string;
  private readonly answers: RecordedAnswer[] = [];

  private constructor(dir: string) {
    this.dir = dir;
  }

  static async create(programs: readonly string[] = SYSTEMD): Promise<ServiceManagers> {
    const managers = new ServiceManagers(await mkdtemp(join(tmpdir(), 'openclaw-services-')));
    await mkdir(join(managers.dir, 'bin'));
    const script = join(import.meta.dirname, 'scripted.mjs');
    for (const program of programs) {
      const text = `#!/bin/sh\nexec '${process.execPath}' '${script}' ${program} "$@"\n`;
      await writeFile(join(managers.dir, 'bin', program), text, { mode: 0o755 });
    }
    await writeFile(join(managers.dir, 'calls.jsonl'), '');
    return managers;
  }

  /** For a program that shall find these and none of the real ones. */
  env(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
    return {
      SERVICE_MANAGERS_DIR: this.dir,
      XDG_RUNTIME_DIR: this.dir,
      PATH: [join(this.dir, 'bin'), '/usr/bin', '/bin'].join(delimiter),
      ...more,
    };
  }

  async answer(answer: RecordedAnswer): Promise<void> {
    this.answers.unshift(answer);
    await writeFile(join(this.dir, 'answers.json'), JSON.stringify(this.answers));
  }

  /** Each call as one line. */
  async calls(): Promise<string[]> {
    const lines = (await readFile(join(this.dir, 'calls.jsonl'), 'utf8')).trim().split('\n');
    return lines.filter(Boolean).map((line) => (JSON.parse(line) as string[]).join(' '));
  }

  /** What a service was started with, environment included. */
  order(service: string): Promise<string> {
    return readFile(join(this.dir, `service-${service.replace(/[^\w.-]/g, '_')}`, 'order.json'), 'utf8');
  }

  async switchLingerOn(): Promise<void> {
    await appendFile(join(this.dir, 'linger'), 'someone');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const text = await readFile(join(this.dir, 'supervisors'), 'utf8').catch(() => '');
    for (const pid of text.trim().split('\n').filter(Boolean).map(Number)) await endSupervisor(pid);
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Only a process that still is one of our supervisors. */
async function endSupervisor(pid: number): Promise<void> {
  const isOurs = async (): Promise<boolean> =>
    (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).includes('supervisor.mjs');
  if (await isOurs()) process.kill(pid, 'SIGTERM');
  while (await isOurs()) await sleep(20);
}

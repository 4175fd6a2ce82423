import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { lacks } from '../../core/testing/programs.ts';

const run = promisify(execFile);

/** Why there can be no lab here; undefined when there can. Namespaces need root. */
export function noLab(): string | undefined {
  if (lacks('ip', 'avahi-daemon', 'avahi-browse', 'dbus-daemon')) return 'needs ip, avahi and dbus';
  const probe = spawnSync('unshare', ['-n', '-m', 'true'], { stdio: 'ignore' });
  return probe.status === 0 ? undefined : 'needs network namespaces, so root';
}

/** A program in a machine of the lab, and what it says. */
export class Program {
  output = '';
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  private readonly watchers = new Set<() => void>();

  constructor(child: ChildProcess) {
    this.child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
        for (const look of [...this.watchers]) look();
      });
    }
    this.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)));
    void this.ended.then(() => {
      for (const look of [...this.watchers]) look();
    });
  }

  /** Resolves when the output matches, from character `from` on; rejects when the program ends without it. */
  said(pattern: RegExp, from = 0): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.output.slice(from));
        const isOver = this.child.exitCode !== null || this.child.signalCode !== null;
        if (!match && !isOver) return;
        this.watchers.delete(look);
        if (match) resolve(match);
        else reject(new Error(`ended without saying ${pattern}:\n${this.output}`));
      };
      this.watchers.add(look);
      look();
    });
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill(signal);
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop('SIGKILL');
  }
}

/** A network and mount namespace that stands for a machine; its avahi has a bus of its own. */
export class Machine {
  readonly name: string;
  private readonly dir: string;
  private readonly holder: ChildProcess;
  private readonly programs: Program[] = [];

  private constructor(name: string, dir: string, holder: ChildProcess) {
    this.name = name;
    this.dir = dir;
    this.holder = holder;
  }

  static async start(name: string, dir: string): Promise<Machine> {
    const script =
      'mount -t tmpfs tmpfs /run && mkdir /run/avahi-daemon && ip link set lo up && echo ready && cat';
    const holder = spawn('unshare', ['-n', '-m', '--propagation', 'private', 'sh', '-c', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    return new Machine(name, dir, holder);
  }

  get pid(): string {
    return String(this.holder.pid);
  }

  /** Starts a program in this machine and does not wait for it. */
  start(command: string[], env: NodeJS.ProcessEnv = {}): Program {
    const child = spawn('nsenter', ['-t', this.pid, '-n', '-m', ...command], {
      env: {
        PATH: process.env.PATH,
        HOME: this.dir,
        NO_COLOR: '1',
        LC_ALL: 'C.UTF-8',
        ...this.busEnv(),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new Program(child);
    this.programs.push(program);
    return program;
  }

  /** The output of a program that has to succeed. */
  async do(command: string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const program = this.start(command, env);
    const code = await program.ended;
    if (code !== 0) throw new Error(`${command.join(' ')}: ${code}\n${program.output}`);
    return program.output;
  }

  /** Starts an avahi of this machine, which then has the names of `host`. */
  async startAvahi(host: string): Promise<Program> {
    const config = join(this.dir, 'avahi.conf');
    await writeFile(config, `[server]\nhost-name=${host}\nuse-ipv6=no\nenable-dbus=yes\n`);
    const bus = this.start([
      'dbus-daemon',
      '--session',
      '--nofork',
      '--print-address',
      `--address=${this.bus()}`,
    ]);
    await bus.said(/unix:/);
    const avahi = this.start(['avahi-daemon', '--no-drop-root', '--no-chroot', '--no-rlimits', '-f', config]);
    await avahi.said(/Server startup complete/);
    return avahi;
  }

  async close(): Promise<void> {
    for (const program of this.programs.reverse()) await program.stop('SIGKILL');
    this.holder.kill('SIGKILL');
    await once(this.holder, 'close');
  }

  private bus = (): string => `unix:path=${join(this.dir, `${this.name}.bus`)}`;
  private busEnv = (): NodeJS.ProcessEnv => ({ DBUS_SYSTEM_BUS_ADDRESS: this.bus() });
}

/** Two machines, `here` at 10.7.0.1 and `there` at 10.7.0.2, and a cable between them: `wire0` at both ends. */
export async function openLab() {
  const dir = await mkdtemp(join(tmpdir(), 'openclaw-lab-'));
  const here = await Machine.start('here', dir);
  const there = await Machine.start('there', await mkdtemp(join(dir, 'there-')));
  const cable = ['wire0', 'netns', here.pid, 'type', 'veth', 'peer', 'name', 'wire0', 'netns', there.pid];
  await run('ip', ['link', 'add', ...cable]);
  for (const [machine, address] of [
    [here, '10.7.0.1/24'],
    [there, '10.7.0.2/24'],
  ] as const) {
    await machine.do(['ip', 'addr', 'add', address, 'dev', 'wire0']);
    await machine.do(['ip', 'link', 'set', 'wire0', 'up']);
  }
  const close = async (): Promise<void> => {
    await here.close();
    await there.close();
    await rm(dir, { recursive: true, force: true });
  };
  return { dir, here, there, close, [Symbol.asyncDispose]: close };
}

export type Lab = Awaited<ReturnType<typeof openLab>>;

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordedAnswer } from '../../core/testing/service-managers/service-managers.ts';
import { ServiceManagers } from '../../core/testing/service-managers/service-managers.ts';
import { TestHome } from '../fixtures/gateway-process.ts';

export const UNIT = 'openclaw-gateway.service';

/** What a service command prints under `--json`. */
export interface Envelope {
  action: string;
  ok: boolean;
  result?: string;
  message?: string;
  error?: string;
  code?: string;
  hints?: string[];
  lastWords?: string[];
  warnings?: string[];
  warningCodes?: string[];
  gateway?: { pid: number; port: number; bootId: string };
  service: {
    label: string;
    loaded: boolean;
    loadedText: string;
    notLoadedText: string;
    state: string;
    name: string;
  };
  exitCode: number | null;
}

/** A home with a gateway configuration, and scripted service managers that start real programs. */
export class ServicePlace {
  readonly managers: ServiceManagers;
  readonly home: TestHome;
  readonly port: number;

  private constructor(managers: ServiceManagers, home: TestHome, port: number) {
    this.managers = managers;
    this.home = home;
    this.port = port;
  }

  static async create(gateway = {}): Promise<ServicePlace> {
    const managers = await ServiceManagers.create();
    const { home, port } = await TestHome.withGateway(gateway);
    return new ServicePlace(managers, home, port);
  }

  run(args: string[], env: NodeJS.ProcessEnv = {}) {
    return this.home.cli(['gateway', ...args], this.managers.env(env));
  }

  async json(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Envelope> {
    const { stdout, code } = await this.run([...args, '--json'], env);
    return { ...(JSON.parse(stdout) as Envelope), exitCode: code };
  }

  unitFile(unit = UNIT): string {
    return join(this.home.dir, '.config/systemd/user', unit);
  }

  async unitText(unit = UNIT): Promise<string> {
    return readFile(this.unitFile(unit), 'utf8');
  }

  /** A PATH on which there is nothing. */
  async emptyPath(): Promise<string> {
    const dir = join(this.managers.dir, 'empty');
    await mkdir(dir, { recursive: true });
    return dir;
  }

  /** Everything in the home directory, with the text of the configuration. */
  async contents(): Promise<string[]> {
    const names = await readdir(this.home.dir, { recursive: true });
    return [...names.sort(), await readFile(this.home.configPath, 'utf8')];
  }

  answer(answer: RecordedAnswer): Promise<void> {
    return this.managers.answer(answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.managers[Symbol.asyncDispose]();
    await this.home[Symbol.asyncDispose]();
  }
}

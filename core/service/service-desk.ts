import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../lib/clock.ts';
import type { ServiceFacts } from './service-facts.ts';
import {
  note,
  type Outcome,
  problem,
  type ServiceManager,
  type ServiceNote,
  type ServiceProblem,
} from './service-manager.ts';
import type { ServicePlan } from './service-plan.ts';
import { type Await, untilAnswers, untilGone } from './service-wait.ts';

export interface RunningGateway {
  pid: number;
  port: number;
  /** Another one after every start. */
  bootId: string;
}

/** What is seen of gateways from outside of the service manager. */
export interface GatewayWatch {
  /** The gateway of the state directory, if it holds its port and answers there. */
  running(): Promise<RunningGateway | undefined>;
  /** The gateway of the state directory by what it has locked, also while it starts or ends. */
  process(): Promise<{ pid: number; port: number } | undefined>;
  /** Who listens on a port, in a line for people; undefined when nobody does. */
  holder(port: number): Promise<{ pid: number | undefined; line: string } | undefined>;
  /** The last lines of the gateway's own log since then (epoch milliseconds). */
  logLines(since: number): Promise<string[]>;
}

export type ServiceAction = 'install' | 'start' | 'stop' | 'restart' | 'uninstall';

export type ServiceResult =
  | 'installed'
  | 'already-installed'
  | 'started'
  | 'already-running'
  | 'stopped'
  | 'restarted'
  | 'uninstalled'
  | 'not-loaded';

export interface ServiceOutcome {
  action: ServiceAction;
  /** Missing when nothing of what was asked has been done. */
  result?: ServiceResult;
  problem?: ServiceProblem;
  notes: ServiceNote[];
  /** The definition that was written. */
  file?: string;
  /** The gateway that answers now. */
  gateway?: RunningGateway;
}

export interface DeskParts {
  manager: ServiceManager;
  watch: GatewayWatch;
  clock: Clock;
  /** Why a gateway with the service's variables would refuse to start, as far as that is certain. */
  refusal(env: Readonly<Record<string, string>>): Promise<ServiceProblem | undefined>;
}

export interface Prepared {
  plan: ServicePlan;
  /** That the gateway will listen on. */
  port: number;
  notes: ServiceNote[];
  /** Runs when nothing stands in the way any more: writes what the service needs beside its definition. */
  apply(): Promise<void>;
}

export interface InstallRequest {
  /** Which definition that is there already. */
  replace: 'nothing' | 'ours' | 'any';
  /** Asked when the service manager takes orders; writes nothing. */
  prepare(): Promise<Outcome<Prepared>>;
}

/** Carries out what people ask of the service, and is done only when the gateway itself shows that it is so. */
export class ServiceDesk {
  private readonly parts: DeskParts;

  constructor(parts: DeskParts) {
    this.parts = parts;
  }

  /** What is in the way of starting the service that is there; changes nothing. */
  async obstacle(): Promise<ServiceProblem | undefined> {
    return (await this.absentOrForeign())?.problem;
  }

  /** What an installation needs, or what is in its way; writes nothing. */
  async ready({ replace, prepare }: InstallRequest): Promise<Outcome<Prepared>> {
    const found = (await this.parts.manager.check()) ?? (await this.foreign(replace === 'any'));
    return found ? { ok: false, problem: found } : prepare();
  }

  async install({ replace, prepare }: InstallRequest): Promise<ServiceOutcome> {
    const { manager, watch } = this.parts;
    const action = 'install';
    const prepared = await this.ready({ replace, prepare });
    if (!prepared.ok) return { action, problem: prepared.problem, notes: [] };
    const { plan, port, apply } = prepared;
    const definition = await manager.definition();
    if (definition && replace === 'nothing') {
      const { file, texts } = definition;
      const isSame = isDeepStrictEqual(texts, await manager.preview(plan));
      const notes = isSame ? [] : [note('DEFINITION_DIFFERS', { file })];
      return { action, result: 'already-installed', file, notes };
    }
    const taken = await this.outside(port);
    if (taken) return { action, problem: taken, notes: [] };
    await apply();
    const written = await manager.install(plan);
    if (!written.ok) return { action, problem: written.problem, notes: prepared.notes };
    const notes = [...prepared.notes, ...written.notes];
    const before = await watch.running();
    const started = await this.launch(
      (await manager.facts()).state === 'running' ? 'restart' : 'start',
      before,
    );
    return { action, result: 'installed', file: written.file, notes, ...started };
  }

  async start(): Promise<ServiceOutcome> {
    const { manager, watch } = this.parts;
    const action = 'start';
    const found = await this.absentOrForeign();
    if (found) return { action, ...found, notes: [] };
    const facts = await manager.facts();
    const running = await watch.running();
    if (running && isOf(facts, running.pid))
      return { action, result: 'already-running', gateway: running, notes: [] };
    const outside = running && problem('GATEWAY_RUNS_OUTSIDE', { pid: running.pid, port: running.port });
    const blocked = outside ?? (await this.parts.refusal(facts.command?.env ?? {}));
    if (blocked) return { action, problem: blocked, notes: [] };
    return { action, notes: [], ...(await this.launch('start', running, 'started')) };
  }

  async restart(): Promise<ServiceOutcome> {
    const { manager, watch } = this.parts;
    const action = 'restart';
    const found = await this.absentOrForeign();
    if (found) return { action, ...found, notes: [] };
    const [running, facts] = await Promise.all([watch.running(), manager.facts()]);
    if (running && !isOf(facts, running.pid)) {
      const { pid, port } = running;
      return { action, problem: problem('GATEWAY_RUNS_OUTSIDE', { pid, port }), notes: [] };
    }
    // One that runs goes on: it is not ended for another that would not start.
    const blocked = await this.parts.refusal(facts.command?.env ?? {});
    if (blocked) return { action, problem: blocked, notes: [] };
    return { action, notes: [], ...(await this.launch('restart', running, 'restarted')) };
  }

  async stop(): Promise<ServiceOutcome> {
    const { manager, watch } = this.parts;
    const action = 'stop';
    const found = await this.absentOrForeign();
    if (found?.result === 'not-loaded')
      return { action, result: 'not-loaded', notes: await this.leftRunning() };
    if (found) return { action, ...found, notes: [] };
    const facts = await manager.facts();
    const process = await watch.process();
    const failed = (await manager.stop()) ?? (await untilGone(this.waiting(), facts, process));
    if (failed) return { action, problem: failed, notes: [] };
    return { action, result: 'stopped', notes: await this.leftRunning() };
  }

  async uninstall(force: boolean): Promise<ServiceOutcome> {
    const { manager, watch } = this.parts;
    const action = 'uninstall';
    const found = (await manager.check()) ?? (await this.foreign(force));
    if (found) return { action, problem: found, notes: [] };
    const facts = await manager.facts();
    if (!(await manager.definition()))
      return { action, result: 'not-loaded', notes: await this.leftRunning() };
    const process = await watch.process();
    const removed = await manager.uninstall();
    if (!removed.ok) return { action, problem: removed.problem, notes: [] };
    const failed = await untilGone(this.waiting(), facts, process);
    const notes = [...removed.notes, ...(failed ? [] : await this.leftRunning())];
    return { action, result: 'uninstalled', notes, ...(failed ? { problem: failed } : {}) };
  }

  /** Starts it, and waits until a process that was not there before answers. */
  private async launch(
    how: 'start' | 'restart',
    before: RunningGateway | undefined,
    result?: ServiceResult,
  ): Promise<Partial<ServiceOutcome>> {
    const { manager, clock } = this.parts;
    const since = clock.now();
    const failed = await manager[how]();
    if (failed) return { problem: failed };
    const answer = await untilAnswers(this.waiting(), { before, since });
    if (!answer.ok) return { problem: answer.problem };
    return { gateway: answer.gateway, ...(result === undefined ? {} : { result }) };
  }

  private waiting(): Await {
    return this.parts;
  }

  private async foreign(force: boolean): Promise<ServiceProblem | undefined> {
    const definition = await this.parts.manager.definition();
    if (!definition || definition.owner === 'ours' || force) return undefined;
    const { file, owner } = definition;
    return problem('DEFINITION_NOT_OURS', { file, owner, service: this.parts.manager.service });
  }

  private async absentOrForeign(): Promise<{ problem?: ServiceProblem; result?: 'not-loaded' } | undefined> {
    const { manager } = this.parts;
    const found = (await manager.check()) ?? (await this.foreign(false));
    if (found) return { problem: found };
    if (await manager.definition()) return undefined;
    return { problem: problem('NOT_INSTALLED', { service: manager.service }), result: 'not-loaded' };
  }

  /** A gateway that nobody started as a service, or another program, on the port that the service will need. */
  private async outside(port: number): Promise<ServiceProblem | undefined> {
    const { manager, watch } = this.parts;
    const facts = await manager.facts();
    const own = await watch.process();
    if (own && !isOf(facts, own.pid)) return problem('GATEWAY_RUNS_OUTSIDE', { ...own });
    if (own) return undefined;
    const holder = await watch.holder(port);
    return holder && problem('PORT_TAKEN', { port, who: holder.line });
  }

  private async leftRunning(): Promise<ServiceNote[]> {
    const process = await this.parts.watch.process();
    return process ? [note('RUNS_OUTSIDE_STILL', { ...process })] : [];
  }
}

/** The scheduler of Windows does not tell process ids. */
export const isOf = (facts: ServiceFacts, pid: number): boolean =>
  facts.pid === undefined ? facts.manager === 'schtasks' && facts.state === 'running' : facts.pid === pid;

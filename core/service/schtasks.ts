import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnvFile } from '../config/env-file.ts';
import { shortText } from '../lib/short-file.ts';
import { createDir, writeFileAtomic } from '../store/atomic-file.ts';
import { removeFiles } from './definition-file.ts';
import type { ProgramResult, RunProgram } from './program-runner.ts';
import { readTaskState, type TaskState } from './schtasks-state.ts';
import type { ServiceFacts } from './service-facts.ts';
import {
  commandProblem,
  type Definition,
  note,
  type Outcome,
  problem,
  type ServiceManager,
  type ServiceNote,
  type ServiceProblem,
} from './service-manager.ts';
import type { ServicePlan } from './service-plan.ts';
import { type ParsedTask, parseTask, renderTask } from './task-xml.ts';

export interface TaskManagerPlace {
  run: RunProgram;
  task: string;
  /** `DOMAIN\name`. */
  user: string;
  consoleHost: string;
  /** Directory for the definition as it was handed in, its backup, and the variables: the task has none of its own. */
  dir: string;
}

/** A task of the Windows scheduler that belongs to one user and needs no administrator. */
export function taskService(place: TaskManagerPlace): ServiceManager {
  const { run, task, dir } = place;
  const schtasks = async (...args: string[]): Promise<ServiceProblem | undefined> => {
    const result = await run('schtasks', args);
    return result.exitCode === 0 ? undefined : commandProblem(`schtasks ${args.join(' ')}`, result);
  };
  const state = (): Promise<TaskState> => readTaskState(run, task);
  const end = async (): Promise<ServiceProblem | undefined> =>
    (await state()).state === 'running' ? schtasks('/End', '/TN', task) : undefined;
  return {
    name: 'schtasks',
    service: task,
    facts: () => facts(place),
    check: async () => {
      const asked = await run('schtasks', ['/Query', '/?']);
      return asked.failure === 'missing' ? problem('MANAGER_MISSING', { program: 'schtasks' }) : undefined;
    },
    definition: () => taskDefinition(place),
    preview: async (plan) => ({
      [xmlFile(dir)]: taskText(place, plan),
      [envFile(dir)]: variableLines(plan.env),
    }),
    restore: async ({ texts, isEnabled, isRunning }) => {
      await writeFileAtomic(envFile(dir), texts[envFile(dir)] ?? '');
      await writeFileAtomic(xmlFile(dir), wide(texts[xmlFile(dir)] ?? ''));
      const switchOff = ['/Change', '/TN', task, '/DISABLE'];
      const failed =
        (await schtasks('/Create', '/F', '/TN', task, '/XML', xmlFile(dir))) ??
        (isEnabled ? undefined : await schtasks(...switchOff));
      return failed ?? (isRunning ? undefined : end());
    },
    install: (plan) => install(place, plan, schtasks),
    start: () => schtasks('/Run', '/TN', task),
    stop: end,
    restart: async () => (await end()) ?? schtasks('/Run', '/TN', task),
    uninstall: async () => {
      const failed = (await end()) ?? (await schtasks('/Delete', '/F', '/TN', task));
      if (failed) return { ok: false, problem: failed };
      const files = await removeFiles([xmlFile(dir), backupFile(dir), envFile(dir)]);
      return { ok: true, notes: [task, ...files].map((what) => note('REMOVED', { what })) };
    },
    lastWords: async () => [],
  };
}

const xmlFile = (dir: string): string => join(dir, 'task.xml');
const backupFile = (dir: string): string => join(dir, 'task.bak.xml');
const envFile = (dir: string): string => join(dir, 'task.env');

async function queryTask({
  run,
  task,
}: TaskManagerPlace): Promise<{ asked: ProgramResult; parsed?: ParsedTask }> {
  const asked = await run('schtasks', ['/Query', '/XML', '/TN', task]);
  const parsed = asked.exitCode === 0 ? parseTask(asked.stdout) : undefined;
  return { asked, ...(parsed === undefined ? {} : { parsed }) };
}

async function facts(place: TaskManagerPlace): Promise<ServiceFacts> {
  const [{ parsed }, { state, detail, lastResult }] = await Promise.all([
    queryTask(place),
    readTaskState(place.run, place.task),
  ]);
  const base = { manager: 'schtasks', name: place.task, scope: 'user', state, detail } as const;
  if (!parsed) return { ...base, isEnabled: false };
  const { argv, workingDirectory, isEnabled } = parsed;
  const variables = parsed.envFile === undefined ? undefined : shortText(parsed.envFile);
  const env = variables === undefined ? {} : parseEnvFile(variables);
  return {
    ...base,
    isEnabled,
    ...(parsed.owner === 'ours' ? { file: xmlFile(place.dir) } : {}),
    command: { argv, env, ...(workingDirectory === undefined ? {} : { workingDirectory }) },
    ...(lastResult === undefined ? {} : { lastExit: { code: lastResult } }),
  };
}

async function taskDefinition(place: TaskManagerPlace): Promise<Definition | undefined> {
  const { asked, parsed } = await queryTask(place);
  if (!parsed) return undefined;
  const [xml, env] = [xmlFile(place.dir), envFile(place.dir)];
  // The scheduler tells a task in a form of its own; what was handed in is easier to compare.
  const handedIn =
    parsed.owner === 'ours' ? await readFile(xml, 'utf16le').catch(() => undefined) : undefined;
  const texts = {
    [xml]: handedIn?.replace(/^\uFEFF/, '') ?? asked.stdout,
    [env]: shortText(env) ?? '',
  };
  return { file: parsed.owner === 'ours' ? xml : place.task, owner: parsed.owner, texts };
}

/** What was registered before by somebody else is kept beside ours, as the scheduler tells it. */
async function install(
  place: TaskManagerPlace,
  plan: ServicePlan,
  schtasks: (...args: string[]) => Promise<ServiceProblem | undefined>,
): Promise<Outcome<{ file: string; notes: ServiceNote[] }>> {
  const { dir, task } = place;
  const { asked, parsed } = await queryTask(place);
  await createDir(dir);
  const file = xmlFile(dir);
  const bytes = wide(taskText(place, plan));
  const stored = await readFile(file).catch(() => undefined);
  const isKept = parsed !== undefined && !(parsed.owner === 'ours' && stored?.equals(bytes));
  if (isKept) await writeFileAtomic(backupFile(dir), wide(asked.stdout));
  await writeFileAtomic(envFile(dir), variableLines(plan.env));
  await writeFileAtomic(file, bytes);
  const failed = await schtasks('/Create', '/F', '/TN', task, '/XML', file);
  if (failed) {
    await removeFiles(parsed ? [] : [file, envFile(dir)]);
    return { ok: false, problem: failed };
  }
  return { ok: true, file, notes: isKept ? [note('BACKED_UP', { file: backupFile(dir) })] : [] };
}

const wide = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le');

const taskText = ({ user, consoleHost, dir }: TaskManagerPlace, plan: ServicePlan): string =>
  renderTask(plan, { user, consoleHost, envFile: envFile(dir) });

/** As Node's `--env-file` reads it: quoted so that a backslash stays one. Throws RangeError for a text with every quote. */
export function variableLines(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => {
      const quote = ["'", '`', '"'].find((candidate) => !value.includes(candidate));
      if (quote === undefined || /[\r\n]/.test(value))
        throw new RangeError(`${name} cannot be written to a file.`);
      return `${name}=${quote}${value}${quote}\n`;
    })
    .join('');
}

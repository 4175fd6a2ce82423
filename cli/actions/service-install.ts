import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { planInstall } from '../../core/host/service-install.ts';
import { ownCommand } from '../../core/lib/own-program.ts';
import { temporaryDirs } from '../../core/service/drift-subject.ts';
import { pathRisk } from '../../core/service/program-path.ts';
import type { Prepared, ServiceOutcome } from '../../core/service/service-desk.ts';
import {
  note,
  type Outcome,
  problem,
  type ServiceNote,
  type ServiceProblem,
} from '../../core/service/service-manager.ts';
import { type PlanInput, planService } from '../../core/service/service-plan.ts';
import { VERSION } from '../../core/version.ts';
import type { InstallFlags } from '../commands/service.ts';
import type { Action, Invocation } from '../invocation.ts';
import { parsePort } from '../options.ts';
import { withService } from '../service.ts';
import { pathsOf } from '../settings.ts';

export const serviceInstall: Action<InstallFlags> = (invocation) =>
  withService(invocation, 'install', ({ desk }) => {
    const { runtime = 'node', force = false } = invocation.options;
    if (runtime !== 'node') return refused(problem('RUNTIME_REFUSED', { runtime }));
    return desk.install({
      replace: force ? 'any' : 'nothing',
      prepare: () => prepareInstall(invocation, invocation.options),
    });
  });

const refused = async (found: ServiceProblem): Promise<ServiceOutcome> => ({
  action: 'install',
  problem: found,
  notes: [],
});

/** What would be installed, and whether it could start; nothing is written yet. */
export async function prepareInstall(
  invocation: Pick<Invocation, 'cli' | 'globals'>,
  options: Pick<InstallFlags, 'port' | 'token'>,
): Promise<Outcome<Prepared>> {
  const { cli } = invocation;
  const { token } = options;
  const paths = pathsOf(invocation);
  const port = options.port ?? portOf(cli.env);
  const command = stableCommand(cli.env.PATH ?? '');
  const program = command.at(-1) ?? '';
  if (!existsSync(program)) return { ok: false, problem: problem('PROGRAM_MISSING', { path: program }) };
  const { platform } = process;
  const plan = planService({ paths, env: cli.env, command, port, version: VERSION, platform });
  const prepared = await planInstall({ paths, plan, env: cli.env, token, port });
  if (!prepared.ok) return prepared;
  const listed = token === undefined ? [] : [note('TOKEN_IN_LISTINGS')];
  return { ...prepared, plan, notes: [...listed, ...riskNotes(command), ...prepared.notes] };
}

/** A variable of this shell is not there when the service starts, so the port goes into its command. */
function portOf({ OPENCLAW_GATEWAY_PORT: text }: NodeJS.ProcessEnv): number | undefined {
  return text?.trim() ? parsePort(text.trim()) : undefined;
}

function stableCommand(path: string): PlanInput['command'] {
  const [program, ...script] = ownCommand(process);
  return script.length === 0 ? [program] : [stableNode(program, path), ...script];
}

/** A link on the PATH outlives the directory of one release that it leads to. */
function stableNode(running: string, path: string): string {
  if (pathRisk(running, temporaryDirs()) !== 'version-manager') return running;
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const links = path
    .split(delimiter)
    .filter(isAbsolute)
    .map((dir) => join(dir, name));
  return (
    links.find((link) => pathRisk(link, temporaryDirs()) === undefined && leadsTo(link, running)) ?? running
  );
}

function leadsTo(link: string, file: string): boolean {
  try {
    return realpathSync(link) === realpathSync(file);
  } catch {
    return false;
  }
}

function riskNotes(command: PlanInput['command']): ServiceNote[] {
  const named = command.map(
    (path, index) => [index === command.length - 1 ? 'PROGRAM_PATH' : 'NODE_PATH', path] as const,
  );
  return named.flatMap(([what, path]) => {
    const risk = pathRisk(path, temporaryDirs());
    if (risk === undefined) return [];
    return [note(risk === 'version-manager' ? `${what}_VERSIONED` : `${what}_TEMPORARY`, { path })];
  });
}

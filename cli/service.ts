import { displayPath } from '../core/config/paths.ts';
import { type ServiceRoom, serviceRoom } from '../core/host/service-room.ts';
import { chooseLanguage } from '../core/messages/language.ts';
import { serviceMessages } from '../core/messages/service-messages.ts';
import type { ServiceAction, ServiceOutcome } from '../core/service/service-desk.ts';
import type { ServiceManager, ServiceProblem } from '../core/service/service-manager.ts';
import { commandName } from './command-name.ts';
import { describeFailure } from './failure.ts';
import type { Invocation } from './invocation.ts';
import { safeText } from './output.ts';
import { noteText, problemLines, problemText, type Wording } from './service-text.ts';
import { pathsOf } from './settings.ts';
import { wrapAround } from './text-width.ts';

export interface JsonFlag {
  json?: boolean;
}

/** Runs one action and tells its outcome; under `--json` stdout holds one envelope whatever happens. */
export async function withService<O>(
  invocation: Invocation<O>,
  action: ServiceAction,
  task: (room: ServiceRoom) => Promise<ServiceOutcome>,
): Promise<number> {
  const { cli, output } = invocation;
  cli.endWhenInterrupted();
  try {
    const { env, clock } = invocation.cli;
    const room = serviceRoom({ paths: pathsOf(invocation), env, clock });
    const outcome = await task(room);
    return output.json
      ? await tellPrograms(invocation, room.manager, outcome)
      : tellPeople(invocation, room.manager, outcome);
  } catch (error) {
    if (!output.json) throw error;
    const { document, lines, exitCode } = describeFailure(error);
    output.value({ action, ok: false, error: lines.join('\n'), code: document.error.code });
    return exitCode;
  }
}

/** JSON is in English whoever reads it; paths in it are complete. */
export const english = (invocation: Pick<Invocation, 'cli' | 'globals'>): Wording => ({
  language: chooseLanguage('en', {}),
  command: commandName(invocation),
  show: (value) => value,
});

/** In the language of the reader, with `~` for the home directory. */
export function ownWording(invocation: Pick<Invocation, 'cli' | 'globals' | 'language'>): Wording {
  const { home } = pathsOf(invocation);
  return {
    language: invocation.language,
    command: commandName(invocation),
    show: (value) => displayPath(value, home),
  };
}

function resultText(manager: ServiceManager, outcome: ServiceOutcome, wording: Wording): string | undefined {
  const { result, file = manager.service } = outcome;
  if (result === undefined) return undefined;
  const say = serviceMessages.in(wording.language);
  const values = { file: wording.show(file), service: manager.service };
  return result === 'installed' ? say(`installed_${manager.name}`, values) : say(result, values);
}

async function tellPrograms(
  invocation: Pick<Invocation, 'cli' | 'globals' | 'output'>,
  manager: ServiceManager,
  outcome: ServiceOutcome,
): Promise<number> {
  const wording = english(invocation);
  const { action, result, problem, notes, gateway, file } = outcome;
  const told = problem && problemText(problem, wording);
  const warnings = notes.map((note) => ({ code: note.code, text: noteText(note, wording) }));
  invocation.output.value({
    action,
    ok: problem === undefined,
    ...(result === undefined ? {} : { result }),
    ...(problem === undefined ? { message: resultText(manager, outcome, wording) } : {}),
    ...(told ? { error: told.text, code: problem.code, hints: told.hints } : hintsOf(outcome, wording)),
    ...(problem?.lastWords?.length ? { lastWords: problem.lastWords } : {}),
    ...(warnings.length > 0
      ? { warnings: warnings.map(({ text }) => text), warningCodes: warnings.map(({ code }) => code) }
      : {}),
    ...(file === undefined ? {} : { file }),
    ...(gateway === undefined ? {} : { gateway }),
    service: await serviceState(manager, problem),
  });
  return problem === undefined ? 0 : 1;
}

async function serviceState(manager: ServiceManager, problem: ServiceProblem | undefined): Promise<object> {
  // One that did not answer a moment ago would be waited for once more.
  const facts = problem?.code === 'MANAGER_SILENT' ? undefined : await manager.facts();
  return {
    label: manager.name,
    loaded: facts?.isEnabled ?? false,
    loadedText: 'enabled',
    notLoadedText: 'disabled',
    name: manager.service,
    state: facts?.state ?? 'unknown',
    ...(facts?.pid === undefined ? {} : { pid: facts.pid }),
  };
}

function hintsOf({ result }: ServiceOutcome, { language, command }: Wording): { hints?: string[] } {
  const say = serviceMessages.in(language);
  if (result === 'already-installed') return { hints: [say('reinstall', { command })] };
  return {};
}

function tellPeople(
  invocation: Pick<Invocation, 'cli' | 'globals' | 'output' | 'language'>,
  manager: ServiceManager,
  outcome: ServiceOutcome,
): number {
  const { output } = invocation;
  const wording = ownWording(invocation);
  const say = serviceMessages.in(wording.language);
  const { problem, notes, gateway } = outcome;
  const done = problem?.code === 'NOT_INSTALLED' ? undefined : resultText(manager, outcome, wording);
  const wrapped = (text: string): string[] =>
    safeText(text)
      .split('\n')
      .flatMap((line) => wrapAround(line, wording.command, output.width));
  const print = (text: string): void => {
    for (const line of wrapped(text)) output.line(line);
  };
  const tell = (text: string): void => {
    for (const line of wrapped(text)) output.note(line);
  };
  if (done !== undefined) print(done);
  for (const note of notes) tell(noteText(note, wording));
  if (gateway) print(say('answers', { port: gateway.port, pid: gateway.pid }));
  for (const hint of hintsOf(outcome, wording).hints ?? []) print(hint);
  if (problem) tell(problemLines(problem, wording).join('\n'));
  return problem ? 1 : 0;
}

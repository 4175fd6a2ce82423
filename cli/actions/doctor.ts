import { doctorMessages } from '../../core/messages/doctor-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { ServiceProblem } from '../../core/service/service-manager.ts';
import { changeDocument, changeLines } from '../../core/verdict/change-words.ts';
import { examine, mend } from '../../core/verdict/doctor.ts';
import { takeBack } from '../../core/verdict/doctor-parts.ts';
import type { Change } from '../../core/verdict/file-change.ts';
import { undoChanges } from '../../core/verdict/undo-file.ts';
import { commandName } from '../command-name.ts';
import type { Action, Invocation } from '../invocation.ts';
import { partsHere, repairParts } from '../operate/doctor-parts.ts';
import { doctorDocument, doctorLines } from '../operate/doctor-text.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { english, ownWording } from '../service.ts';
import { problemLines } from '../service-text.ts';
import { pathsOf } from '../settings.ts';
import { wrapLines } from '../text-width.ts';

export interface DoctorFlags extends QueryOptions {
  fix?: boolean;
  undo?: boolean;
}

type Doctor = Invocation<DoctorFlags>;

/** Exit 0 when the gateway is well in the end, 1 when it is not. */
export const doctor: Action<DoctorFlags> = async (invocation) => {
  const { cli, options, output, language } = invocation;
  cli.endWhenInterrupted();
  if (options.fix && options.undo) throw new RpcError('BAD_ARGUMENT', 'Use either --fix or --undo.');
  if (options.undo) return undo(invocation);
  const parts = partsHere(invocation);
  const report = await (options.fix ? mend(parts) : examine(parts));
  const wording = ownWording(invocation);
  const { home } = pathsOf(invocation);
  const command = `${commandName(invocation)} doctor`;
  const port = options.port === undefined ? '' : ` --port ${options.port}`;
  const commands = { fix: `${command} --fix${port}`, undo: `${command} --undo` };
  if (output.json) output.value(doctorDocument(report, english(invocation)));
  else
    for (const line of doctorLines(report, { output, language, home, wording }, commands)) output.line(line);
  return report.inspection.verdict.ok ? 0 : 1;
};

async function undo(invocation: Doctor): Promise<number> {
  const { output, language } = invocation;
  const { trayDir, home } = pathsOf(invocation);
  const words = {
    language,
    command: `${commandName(invocation)} doctor --undo`,
    problem: (problem: ServiceProblem) => problemLines(problem, ownWording(invocation)).join('\n'),
  };
  const service = repairParts(invocation);
  const changes = await undoChanges(trayDir, (change) => takeBack(change, service, words));
  if (output.json) {
    output.value({ ok: true, undone: changes.map(changeDocument) });
    return 0;
  }
  const say = doctorMessages.in(language);
  output.line(say(changes.length > 0 ? 'undone' : 'nothingToUndo'));
  for (const change of changes) {
    for (const line of changeLines(change, { language, home })) output.line(`  ${safeText(line)}`);
  }
  const command = `${commandName(invocation)} gateway restart`;
  if (changes.some(isRunningService))
    for (const line of wrapLines(say('undoneService', { command }), output.width)) output.line(line);
  return 0;
}

const isRunningService = (change: Change): boolean => change.kind === 'service' && change.after.isRunning;

import { doctorMessages } from '../../core/messages/doctor-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { type DoctorParts, examine, mend } from '../../core/verdict/doctor.ts';
import { doctorParts } from '../../core/verdict/doctor-parts.ts';
import type { RepairPlace } from '../../core/verdict/repair.ts';
import { undoChanges } from '../../core/verdict/undo-file.ts';
import { commandName } from '../command-name.ts';
import type { Action, Invocation } from '../invocation.ts';
import { changeDocument, changeLines, doctorDocument, doctorLines } from '../operate/doctor-text.ts';
import { type LookHere, lookHere } from '../operate/look-here.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { pathsOf } from '../settings.ts';

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
  const parts = partsFor(invocation);
  const report = await (options.fix ? mend(parts) : examine(parts));
  const { home } = pathsOf(invocation);
  const command = `${commandName(invocation)} doctor`;
  const commands = { fix: `${command} --fix`, undo: `${command} --undo` };
  if (output.json) output.value(doctorDocument(report, home));
  else for (const line of doctorLines(report, { output, language, home }, commands)) output.line(line);
  return report.inspection.verdict.ok ? 0 : 1;
};

function partsFor(invocation: Doctor): DoctorParts {
  const { options } = invocation;
  const { trayDir } = pathsOf(invocation);
  return doctorParts(trayDir, async () => {
    const look = await lookHere(invocation, { probe: true, timeoutMs: options.timeout ?? 10_000 });
    return { inspection: look.inspection, place: placeOf(invocation, look) };
  });
}

function placeOf({ cli, options }: Doctor, { settings, target }: LookHere): RepairPlace {
  const { stateDir, trayDir, configPath } = settings.paths;
  const isPortConfigured =
    options.port === undefined && !settings.env.OPENCLAW_GATEWAY_PORT?.trim() && !target.portDetail;
  return { stateDir, trayDir, configPath, env: cli.env, isPortConfigured };
}

async function undo(invocation: Doctor): Promise<number> {
  const { output, language } = invocation;
  const { trayDir, home } = pathsOf(invocation);
  const changes = await undoChanges(trayDir);
  if (output.json) {
    output.value({ ok: true, undone: changes.map((change) => changeDocument(change, home)) });
    return 0;
  }
  const say = doctorMessages.in(language);
  output.line(say(changes.length > 0 ? 'undone' : 'nothingToUndo'));
  for (const change of changes) {
    for (const line of changeLines(change, { output, language, home })) output.line(`  ${safeText(line)}`);
  }
  return 0;
}

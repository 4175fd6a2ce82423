import { createHash } from 'node:crypto';
import { sep } from 'node:path';
import { commandName } from '../core/config/command-name.ts';
import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import { verdictMessages } from '../core/messages/verdict-messages.ts';
import type { ServiceProblem } from '../core/service/service-manager.ts';
import { changeLines } from '../core/verdict/change-words.ts';
import { type Diagnosis, type DoctorReport, examine } from '../core/verdict/doctor.ts';
import { doctorParts, takeBack } from '../core/verdict/doctor-parts.ts';
import { type Change, inverse } from '../core/verdict/file-change.ts';
import { kindOf } from '../core/verdict/findings.ts';
import { loadUndo, undoChanges } from '../core/verdict/undo-file.ts';
import { wordsFor } from '../core/verdict/words.ts';
import { AppError } from './app-error.ts';
import type { BridgeResult } from './bridge/contract.ts';
import type { Surroundings } from './gateway-route.ts';
import { lookAtLocal } from './local-gateway.ts';

type Report = BridgeResult<'doctor.examine'>;

/** The doctor of the command line, for the gateway of this computer. */
export class DoctorDesk {
  readonly #surroundings: Surroundings;
  readonly #language: () => Language;
  /** What was shown last; only that can be asked for. */
  #shown = new Map<string, Diagnosis>();

  constructor(surroundings: Surroundings, language: () => Language) {
    this.#surroundings = surroundings;
    this.#language = language;
  }

  /** As programs and those who help read it. */
  async look(): Promise<DoctorReport> {
    return examine(this.#parts());
  }

  async examine(): Promise<Report> {
    const { diagnoses, inspection } = await this.look();
    this.#shown = new Map(diagnoses.map((one) => [idOf(one), one]));
    const undo = (await loadUndo(this.#surroundings.paths.trayDir)).map(inverse).reverse();
    return {
      ok: inspection.verdict.ok,
      findings: diagnoses.map((one) => this.#words(one, inspection)),
      undo: undo.map((change) => this.#changeWords(change)),
    };
  }

  /** Throws BAD_ARGUMENT for what is not shown any more, STORE_UNUSABLE when a file is another one by now. */
  async fix(id: string): Promise<BridgeResult<'doctor.fix'>> {
    const diagnosis = this.#shown.get(id);
    if (!diagnosis || diagnosis.changes.length === 0)
      throw new AppError('BAD_ARGUMENT', (say) => say('findingChanged'));
    await this.#parts().apply(diagnosis.changes);
    const report = await this.examine();
    const { code, values } = diagnosis.finding;
    const isThere = [...this.#shown.values()].some(
      ({ finding }) => finding.code === code && finding.values.path === values.path,
    );
    return { isFixed: !isThere, report };
  }

  async undo(): Promise<Report> {
    const { paths, env } = this.#surroundings;
    const words = {
      language: this.#language(),
      command: `${commandName(paths, env)} doctor --undo`,
      problem: ({ code }: ServiceProblem) => code,
    };
    await undoChanges(paths.trayDir, (change) => takeBack(change, undefined, words));
    return this.examine();
  }

  #parts() {
    const { env, paths } = this.#surroundings;
    const { stateDir, trayDir, configPath } = paths;
    return doctorParts(trayDir, async () => {
      const { inspection, isPortConfigured } = await lookAtLocal(this.#surroundings, 'doctor');
      return {
        inspection,
        place: { stateDir, trayDir, configPath, env, isPortConfigured, service: undefined },
      };
    });
  }

  #words(diagnosis: Diagnosis, { fix: context }: DoctorReport['inspection']): Report['findings'][number] {
    const language = this.#language();
    const { finding, changes } = diagnosis;
    const { problem, fix, command, mender } = wordsFor(finding, context, language);
    const say = verdictMessages.in(language);
    const shown = (text: string): string =>
      harmless(text.replaceAll(`${this.#surroundings.paths.home}${sep}`, `~${sep}`));
    return {
      id: idOf(diagnosis),
      code: finding.code,
      layer: say(`layer.${kindOf(finding.code).layer}`),
      who: mender,
      problem: shown(problem),
      fix: shown(fix),
      ...(command === undefined ? {} : { command }),
      changes: changes.map((change) => this.#changeWords(change)),
    };
  }

  #changeWords(change: Change): { text: string; diff: string[] } {
    const told = { language: this.#language(), home: this.#surroundings.paths.home };
    const [text = '', ...diff] = changeLines(change, told);
    return { text, diff: diff.map((line) => line.replace(/^ {2}/, '')) };
  }
}

/** A program that holds a port may be called anything. */
const harmless = (text: string): string =>
  text
    .split('\n')
    .map((line) => plainText(line, 500))
    .join('\n');

const idOf = ({ finding, changes }: Diagnosis): string =>
  createHash('sha256')
    .update(JSON.stringify([finding, changes]))
    .digest('base64url');

import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { writeFileAtomic } from '../../core/store/atomic-file.ts';
import { AppError } from '../app-error.ts';
import type { diagnosticsMethods } from '../bridge/methods/diagnostics.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';
import type { DoctorDesk } from '../doctor-desk.ts';
import { bundleText, type SupportBundle } from '../support-bundle.ts';

export interface DiagnosticsEffects {
  doctor: DoctorDesk;
  collect(options: { hidesAddresses: boolean }): Promise<SupportBundle>;
  /** Asks the person where to; undefined: nowhere. `name` is what to call it. */
  chooseFile(name: string): Promise<string | undefined>;
  /** Epoch milliseconds. */
  now(): number;
  /** The gateway of this computer may be another one now. */
  onMended(): void;
}

export function diagnosticsHandlers(
  effects: DiagnosticsEffects,
): Pick<BridgeHandlers, keyof typeof diagnosticsMethods> {
  const { doctor, onMended } = effects;
  let shown: { id: string; text: string } | undefined;
  return {
    'doctor.examine': () => doctor.examine(),
    'doctor.fix': ({ id }) => doctor.fix(id).finally(onMended),
    'doctor.undo': () => doctor.undo().finally(onMended),
    async 'bundle.prepare'(options) {
      const bundle = await effects.collect(options);
      shown = { id: randomUUID(), text: bundleText(bundle) };
      return { id: shown.id, ...bundle };
    },
    // What is saved is what was shown, letter for letter.
    async 'bundle.save'({ id }) {
      if (shown?.id !== id) throw new AppError('BAD_ARGUMENT', (say) => say('bundleChanged'));
      const { text } = shown;
      const day = new Date(effects.now()).toISOString().slice(0, 10);
      const path = await effects.chooseFile(`openclaw-diagnostics-${day}.txt`);
      if (path === undefined) return { name: null };
      await writeFileAtomic(path, text);
      return { name: basename(path) };
    },
  };
}

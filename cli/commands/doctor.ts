import type { Command } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addQueryOptions } from '../options.ts';

/** `openclaw doctor`: what is wrong, what would mend it, and on request the mending. */
export function addDoctorCommand(program: Command, run: Run): void {
  const doctor = addLeaf(program, 'doctor', 'Say what is wrong with the gateway here, and mend it')
    .option('--fix', 'Make the changes that are shown otherwise; what they replace is kept')
    .option('--undo', 'Take back what the last --fix has changed');
  addQueryOptions(doctor).action(run(() => import('../actions/doctor.ts').then((module) => module.doctor)));
  withExamples(doctor, [
    ['openclaw doctor', 'What is wrong, and what --fix would change.'],
    ['openclaw doctor --fix', 'Change it, and look again whether that helped.'],
    ['openclaw doctor --undo', 'Everything back as it was before.'],
  ]);
}

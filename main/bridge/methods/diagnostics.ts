import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** What is done to one file: a sentence, and the lines that go and come; no secret is in them. */
const change = z.strictObject({ text: z.string(), diff: z.array(z.string()) });

const finding = z.strictObject({
  /** Names this finding with these changes, until it is looked at again. */
  id: z.string(),
  code: z.string(),
  /** Which part is concerned, who can mend it, what is wrong, what to do: in the language of the app. */
  layer: z.string(),
  who: z.string(),
  problem: z.string(),
  fix: z.string(),
  /** To be pasted. */
  command: z.string().optional(),
  /** What would mend it; empty where a person has to. */
  changes: z.array(change),
});

const report = z.strictObject({
  /** The gateway can be used. */
  ok: z.boolean(),
  findings: z.array(finding),
  /** What the last repair has changed, to be taken back. */
  undo: z.array(change),
});

const file = z.strictObject({
  name: z.string(),
  text: z.string(),
  /** How often something is hidden in it. */
  hidden: z.int(),
});

const hidden = z.strictObject({
  secrets: z.int(),
  homes: z.int(),
  users: z.int(),
  addresses: z.int(),
});

/** What is wrong with the gateway of this computer, and what somebody who helps has to see. */
export const diagnosticsMethods = defineMethods({
  'doctor.examine': {
    summary: 'What `openclaw doctor` finds; changes nothing',
    scope: 'any',
    params: z.undefined(),
    result: report,
  },
  'doctor.fix': {
    summary: 'Make the changes of a finding exactly as they were shown, and look again',
    scope: 'any',
    params: z.strictObject({ id: z.string().max(100) }),
    result: z.strictObject({ isFixed: z.boolean(), report }),
  },
  'doctor.undo': {
    summary: 'Take back what the last repair has changed, and look again',
    scope: 'any',
    params: z.undefined(),
    result: report,
  },
  'bundle.prepare': {
    summary: 'Collect what somebody who helps has to see, with secrets and names hidden; nothing is written',
    scope: 'any',
    params: z.strictObject({ hidesAddresses: z.boolean() }),
    result: z.strictObject({ id: z.string(), files: z.array(file), hidden }),
  },
  'bundle.save': {
    summary: 'Write what was collected to a file that the person chooses; `null`: none was chosen',
    scope: 'any',
    params: z.strictObject({ id: z.string().max(100) }),
    result: z.strictObject({ name: z.string().nullable() }),
  },
});

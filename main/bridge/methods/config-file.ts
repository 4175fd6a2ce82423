import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** Names the text that was shown; changes whenever the file does. */
const revision = z.string().max(100);
const path = z
  .array(z.union([z.string().max(1000), z.int().min(0)]))
  .min(1)
  .max(100);
const edit = z.union([
  z.strictObject({ path, value: z.json() }),
  z.strictObject({ path, remove: z.literal(true) }),
]);

/** `undo` goes back to the version that the last change replaced. */
const change = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('edits'), edits: z.array(edit).min(1).max(5000) }),
  z.strictObject({ kind: z.literal('text'), text: z.string().max(10 * 1024 * 1024) }),
  z.strictObject({ kind: z.literal('undo') }),
]);

/** `path` is dotted, '' is the whole file; `line` and `column` count from 1 in the text that was shown. */
const problem = z.strictObject({
  path: z.string(),
  message: z.string(),
  line: z.int().optional(),
  column: z.int().optional(),
});

const reload = z.enum(['none', 'hot', 'restart']);

/** The configuration file of this computer. Which file that is the app decides; the window cannot name one. */
export const configFileMethods = defineMethods({
  'config.file.schema': {
    summary:
      'JSON Schema of the configuration, hints for editors, and what a change of each key asks of a gateway',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({
      schema: z.unknown(),
      hints: z.record(z.string(), z.unknown()),
      reload: z.record(z.string(), reload),
      /** What applies where the file says nothing. */
      defaults: z.unknown(),
    }),
  },
  'config.file.read': {
    summary: 'The configuration file, with a placeholder for every secret',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({
      /** For people, with ~ for the home directory. */
      path: z.string(),
      exists: z.boolean(),
      revision,
      text: z.string(),
      /** It can be parsed, so `values` is all of it. */
      isReadable: z.boolean(),
      /** As written, with included files; secrets are the redaction sentinel. */
      values: z.unknown(),
      /** Dotted paths of values that come from an included file. */
      included: z.array(z.string()),
      problems: z.array(problem),
      warnings: z.array(problem),
      canUndo: z.boolean(),
    }),
  },
  'config.file.plan': {
    summary:
      'What a change would make of the file, and what speaks against it; CONFIG_CONFLICT when the file has changed',
    scope: 'any',
    params: z.strictObject({ base: revision, change }),
    result: z.strictObject({
      /** The file afterwards, with placeholders for secrets. */
      text: z.string(),
      /** Its values, as `config.file.read` has them. */
      values: z.unknown(),
      problems: z.array(problem),
      /** What is odd, and why a gateway would refuse to start; does not keep it from being saved. */
      warnings: z.array(problem),
      canSave: z.boolean(),
      changedPaths: z.array(z.string()),
      /** Those that only a restart of the gateway applies. */
      restartPaths: z.array(z.string()),
    }),
  },
  'config.file.save': {
    summary:
      'Make a change; CONFIG_CONFLICT when the file has changed since, CONFIG_INVALID when it may not be saved',
    scope: 'any',
    params: z.strictObject({ base: revision, change }),
    result: z.strictObject({
      /** False: the person was asked about what it may do on this computer, and did not want it. */
      isSaved: z.boolean(),
      changedPaths: z.array(z.string()),
      restartPaths: z.array(z.string()),
    }),
  },
});

export type ConfigFileChange = z.infer<typeof change>;
export type ConfigProblem = z.infer<typeof problem>;

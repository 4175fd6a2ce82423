import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

const fixWords = {
  code: z.string(),
  problem: z.string(),
  fix: z.string(),
  /** To be pasted as it is. */
  command: z.string().optional(),
  /** Who can do it. */
  mender: z.string(),
};

const layer = z.strictObject({
  name: z.string(),
  state: z.enum(['ok', 'broken', 'unknown', 'skipped']),
  note: z.string().optional(),
  /** Milliseconds after the look began, and how long it took. */
  startMs: z.number().optional(),
  ms: z.number().optional(),
});

const verdict = z.strictObject({
  /** Why the gateway cannot be used; absent when it can, and before anybody has looked. */
  trouble: z.strictObject({ ...fixWords, layer: z.string().optional() }).optional(),
  warnings: z.array(z.strictObject(fixWords)),
  /** What was looked at, in the order in which each needs the one before it. */
  layers: z.array(layer),
});

/** What the app knows beside what the gateway tells. */
export const overviewMethods = defineMethods({
  'verdict.get': {
    summary: 'How the gateway was found, layer by layer, in words; `fresh` looks again first',
    scope: 'any',
    params: z.strictObject({ fresh: z.boolean() }),
    result: verdict,
  },
  'about.get': {
    summary: 'Versions of the app and of what it runs on',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({
      app: z.string(),
      electron: z.string(),
      chromium: z.string(),
      node: z.string(),
      platform: z.string(),
      /** The newest version of the gateway protocol that is spoken. */
      protocol: z.int(),
      stateDir: z.string(),
    }),
  },
  'updates.get': {
    summary: 'What is known of updates; nothing is looked for by asking',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({
      /** `off`: this copy does not update itself; `idle`: nobody has looked yet. */
      kind: z.enum(['off', 'idle', 'checking', 'current', 'available', 'installing', 'failed']),
      version: z.string().optional(),
      /** Why it is off or has failed, with words for people. */
      code: z.string().optional(),
      text: z.string().optional(),
    }),
  },
  'licenses.get': {
    summary: 'The licences of everything in the app and in its gateway',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({ text: z.string() }),
  },
});

export type VerdictView = z.infer<typeof verdict>;

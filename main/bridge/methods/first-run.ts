import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** The questions of the first start. Nothing is written before they are answered. */
export const firstRunMethods = defineMethods({
  'firstRun.get': {
    summary: 'Whether nobody has used OpenClaw on this computer yet',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({
      isFirst: z.boolean(),
      /** Terminals could get the `openclaw` command of this app. */
      canInstallCommand: z.boolean(),
    }),
  },
  'firstRun.finish': {
    summary: 'Do what was agreed to, and do not ask again',
    scope: 'any',
    params: z.strictObject({
      language: z.enum(['system', 'en', 'zh-CN']),
      /** Start the gateway of this computer now. */
      startNow: z.boolean(),
      /** Start it with the app from now on. */
      startsWithApp: z.boolean(),
      runAtLogin: z.boolean(),
      /** Make the command line of this app a command of the terminals. */
      installsCommand: z.boolean(),
    }),
    result: z.strictObject({ done: z.boolean() }),
  },
});

export type FirstRunAnswers = z.infer<(typeof firstRunMethods)['firstRun.finish']['params']>;

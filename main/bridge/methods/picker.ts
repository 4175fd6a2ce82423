import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';
import { destination } from './connections.ts';

const row = z.strictObject({
  id: z.string(),
  /** One line; of an announcement it is what that claims. */
  name: z.string(),
  sources: z.array(z.enum(['lan', 'wide-area', 'saved', 'recent', 'config', 'ssh-config'])),
  /** Where it is: `10.0.0.2:18789`, or what SSH is asked for. */
  address: z.string(),
  /** How it can be reached, to be confirmed; none where nothing usable is named. */
  ways: z.array(destination),
  /** What a person has vouched for before: the key of the host, the gateway behind it, its certificate. */
  trust: z.array(z.enum(['host-key', 'gateway', 'certificate'])),
  /** Of a TCP connection to where it is; `off`: it is not measured. */
  latency: z.strictObject({
    state: z.enum(['off', 'waiting', 'measured', 'failed']),
    ms: z.number().optional(),
  }),
  /** Announced now, or not any more. */
  heard: z.enum(['now', 'gone']).optional(),
  /** Epoch milliseconds: when it was last heard or, where it is announced by nobody, used. */
  lastSeenAtMs: z.number().optional(),
  isCurrent: z.boolean(),
  /** What is odd about an announcement: not a private address; the name of a known one; characters that hide. */
  marks: z.array(z.enum(['public', 'imitates', 'odd-name'])),
});

const state = z.strictObject({
  /** It has not been listened for long enough to say that nothing is there. */
  isSearching: z.boolean(),
  /** Saved, used, configured: in the order in which they were found. */
  known: z.array(row),
  /** Announced and not known; in the order in which they were heard. */
  network: z.array(row),
  /** Gateways that are announced now, shown or not. */
  found: z.number(),
  /** Announced, but too many to be shown. */
  hidden: z.number(),
  /** Why nothing, or not everything, was found; codes are those of `openclaw gateway discover`. */
  problems: z.array(
    z.strictObject({
      code: z.string(),
      message: z.string(),
      todo: z.string(),
      commands: z.array(z.string()),
    }),
  ),
});

/** Gateways to choose from. Between the two calls it is searched, and `picker` events tell what changes. */
export const pickerMethods = defineMethods({
  'picker.open': {
    summary: 'Begin to look for gateways; nothing is connected or kept',
    scope: 'any',
    params: z.undefined(),
    result: state,
  },
  'picker.close': {
    summary: 'Stop to look for gateways',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({ closed: z.literal(true) }),
  },
});

export type PickerState = z.infer<typeof state>;
export type PickerRow = z.infer<typeof row>;

import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** One line of text; what it means is judged by those who read it. */
const line = z
  .string()
  .min(1)
  .max(500)
  .regex(/^\P{Cc}+$/u);
const port = z.number().int().min(1).max(65_535);

/** Where a gateway is that the app can be connected to. */
export const destination = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('local') }),
  z.strictObject({
    kind: z.literal('ssh'),
    /** `[user@]host[:port]`, or an alias of `~/.ssh/config`. */
    target: line,
    /** The one key to use: an absolute path, or one that begins with `~/`. */
    identityFile: line.optional(),
    /** Where the gateway listens on the far host; 18789 when absent. */
    remotePort: port.optional(),
  }),
  z.strictObject({
    kind: z.literal('direct'),
    /** ws:// or wss://, without credentials. */
    url: line,
    /** SHA-256 of the certificate; only for wss://. */
    tlsFingerprint: line.optional(),
  }),
]);

const known = z.strictObject({
  destination,
  /** `ann@box:2222`, or the address. */
  label: z.string(),
  /** What a person calls it. */
  name: z.string().optional(),
  /** A person asked to keep it; others are those that were used last. */
  isSaved: z.boolean(),
  isCurrent: z.boolean(),
  /** Epoch milliseconds. */
  lastUsedAtMs: z.number().optional(),
  /** Where other programs of this computer reach it while it is connected; the same each time. */
  localUrl: z.string().optional(),
});

const connections = z.strictObject({
  current: z.strictObject({
    destination,
    label: z.string(),
    state: z.enum([
      'connecting',
      'connected',
      'reconnecting',
      'approval',
      'disconnected',
      'trouble',
      'local',
    ]),
    localUrl: z.string().optional(),
    /** The gateway that has proved itself. */
    gatewayId: z.string().optional(),
    /** The stable code of what is wrong. */
    code: z.string().optional(),
  }),
  list: z.array(known),
  /** What `gateway.remote` of the configuration names. */
  offered: destination.optional(),
});

const some = z.strictObject({ destination });

/** Gateways elsewhere, and which one the app is about. `connections.open` is what everything calls to go to one. */
export const connectionsMethods = defineMethods({
  'connections.get': {
    summary: 'The current connection, and those that were saved or used',
    scope: 'any',
    params: z.undefined(),
    result: connections,
  },
  'connections.open': {
    summary: 'Go to this gateway; what a person has to confirm comes as a prompt',
    scope: 'any',
    params: some,
    result: z.strictObject({ opened: z.literal(true) }),
  },
  'connections.save': {
    summary: 'Keep a gateway in the list; nothing is connected',
    scope: 'any',
    params: z.strictObject({ destination, name: line.max(80).optional() }),
    result: z.strictObject({ saved: z.literal(true) }),
  },
  'connections.forget': {
    summary: 'Take a gateway out of the list, with its port and what was remembered for it',
    scope: 'any',
    params: some,
    result: z.strictObject({ forgotten: z.boolean() }),
  },
  'connections.planConfig': {
    summary: 'What writing this gateway into the configuration would change; nothing is written',
    scope: 'any',
    params: some,
    result: z.strictObject({
      file: z.string(),
      changes: z.array(
        z.strictObject({ path: z.string(), before: z.string().optional(), after: z.string().optional() }),
      ),
    }),
  },
  'connections.writeConfig': {
    summary: 'Write this gateway into the configuration as the one that commands ask',
    scope: 'any',
    params: some,
    result: z.strictObject({ written: z.literal(true) }),
  },
});

export type Destination = z.infer<typeof destination>;
export type Connections = z.infer<typeof connections>;
export type KnownConnection = z.infer<typeof known>;

import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

/** How secrets can be kept: by the system's own store, or (`plain`) readable for every program of this user. */
const keeping = z.enum(['system', 'plain', 'none']);
const texts = z.array(z.string());
const key = z.strictObject({
  /** Kind of key, where there is one. */
  type: z.string().optional(),
  value: z.string(),
  /** File and line in which it stands. */
  place: z.string().optional(),
});

/** `commands`: what shows the same on the other side, to be compared. Texts in it may come from anybody. */
const prompt = z.discriminatedUnion('kind', [
  z.strictObject({
    id: z.string(),
    kind: z.literal('host-key'),
    host: z.string(),
    port: z.number(),
    type: z.string(),
    fingerprint: z.string(),
    randomart: texts,
    /** On the host itself. */
    commands: texts,
    /** On another machine that is trusted. */
    scan: z.string(),
    /** Lines that trust whoever signs keys, which is not understood here. */
    authorities: texts,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('gateway'),
    place: z.string(),
    gatewayId: z.string(),
    commands: texts,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('unproven-gateway'),
    place: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('certificate'),
    place: z.string(),
    fingerprint: z.string(),
    subject: z.string(),
    validTo: z.string(),
    commands: texts,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('passphrase'),
    place: z.string(),
    path: z.string(),
    /** 1 for the first time; more when the answers before were wrong. */
    attempt: z.number(),
    keeping,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('credential'),
    place: z.string(),
    /** The one that was shown before was refused. */
    isWrong: z.boolean(),
    keeping,
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('port-taken'),
    place: z.string(),
    port: z.number(),
    holder: z.string(),
    free: z.number(),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('changed'),
    what: z.enum(['host-key', 'revoked-key', 'gateway', 'certificate']),
    place: z.string(),
    old: z.array(key),
    now: key,
    commands: texts,
    /** Commands that take away what is known, where the app itself does not. */
    removal: texts,
    /** What has to be typed to have the old one removed; absent: the app does not remove it. */
    confirmWord: z.string().optional(),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('stop-holder'),
    port: z.number(),
    holder: z.string(),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('adopt'),
    port: z.number(),
    holder: z.string(),
  }),
  z.strictObject({
    id: z.string(),
    kind: z.literal('use-port'),
    port: z.number(),
    free: z.number(),
    file: z.string(),
  }),
]);

const answer = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('cancel') }),
  z.strictObject({ do: z.literal('accept') }),
  z.strictObject({
    do: z.literal('secret'),
    kind: z.enum(['passphrase', 'token', 'password']),
    secret: z.string().min(1).max(4_096),
    remember: z.boolean(),
  }),
  z.strictObject({ do: z.literal('remove'), confirm: z.string().max(500) }),
]);

/** What only a person can decide, and what they say. */
export const promptMethods = defineMethods({
  'prompts.get': {
    summary: 'What waits for a person',
    scope: 'any',
    params: z.undefined(),
    result: z.strictObject({ prompts: z.array(prompt) }),
  },
  'prompt.answer': {
    summary: 'Answer one; `false`: it is not asked any more, and nothing was done',
    scope: 'any',
    params: z.strictObject({ id: z.string().min(1).max(100), answer }),
    result: z.strictObject({ taken: z.boolean() }),
  },
});

export type Prompt = z.infer<typeof prompt>;
export type PromptAnswer = z.infer<typeof answer>;
export type Keeping = z.infer<typeof keeping>;

import * as z from 'zod';
import { defineMethods } from '../../../core/protocol/define.ts';

const filled = z.string().min(1);

/** The views of the window, by the names in its address. */
const windowView = z.enum([
  'overview',
  'connections',
  'pairing',
  'chat',
  'sessions',
  'logs',
  'config',
  'diagnostics',
  'about',
]);

/** What a person can ask of the app, in the tray as in its window. */
export const trayAction = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('start') }),
  z.strictObject({ do: z.literal('stop') }),
  z.strictObject({ do: z.literal('restart') }),
  z.strictObject({ do: z.literal('approve'), requestId: filled }),
  z.strictObject({ do: z.literal('reject'), requestId: filled }),
  z.strictObject({ do: z.literal('copySessionKey'), key: filled }),
  z.strictObject({ do: z.literal('openWindow'), view: windowView.optional() }),
  z.strictObject({ do: z.literal('copyUrl') }),
  z.strictObject({ do: z.literal('openLogs') }),
  z.strictObject({ do: z.literal('setLanguage'), language: z.enum(['system', 'en', 'zh-CN']) }),
  z.strictObject({ do: z.literal('setRunAtLogin'), on: z.boolean() }),
  z.strictObject({ do: z.literal('setMode'), mode: z.enum(['local', 'ssh', 'direct']) }),
  z.strictObject({ do: z.literal('connectTo') }),
  z.strictObject({ do: z.literal('connect') }),
  z.strictObject({ do: z.literal('disconnect') }),
  z.strictObject({ do: z.literal('attach') }),
  z.strictObject({ do: z.literal('stopHolder') }),
  z.strictObject({ do: z.literal('adopt') }),
  z.strictObject({ do: z.literal('usePort') }),
  z.strictObject({ do: z.literal('installCommand') }),
  z.strictObject({ do: z.literal('removeCommand') }),
  z.strictObject({ do: z.literal('checkForUpdates') }),
  z.strictObject({ do: z.literal('setLooksForUpdates'), on: z.boolean() }),
  z.strictObject({ do: z.literal('quit') }),
]);

const separator = z.strictObject({ kind: z.literal('separator') });
const text = z.strictObject({ kind: z.literal('text'), label: z.string() });
const action = z.strictObject({
  kind: z.literal('action'),
  label: z.string(),
  enabled: z.boolean(),
  action: trayAction,
});
const choice = z.strictObject({
  kind: z.literal('choice'),
  type: z.enum(['radio', 'checkbox']),
  label: z.string(),
  checked: z.boolean(),
  action: trayAction,
});
const group = z.strictObject({
  kind: z.literal('group'),
  label: z.string(),
  get entries() {
    return z.array(menuEntry);
  },
});
const menuEntry = z.discriminatedUnion('kind', [separator, text, action, choice, group]);

const view = z.strictObject({
  /** The worst that holds now, for icon and colour. */
  tone: z.enum(['idle', 'ok', 'warn', 'error']),
  /** Something waits for a person's word. */
  needsYou: z.boolean(),
  tooltip: z.string(),
  /** How the gateway is, in one sentence. */
  status: z.string(),
  /** What else there is to know, a sentence each. */
  details: z.array(z.string()),
  /** A command that mends it, to be pasted. */
  command: z.string().optional(),
  language: z.enum(['en', 'zh-CN']),
  /** The menu, from top to bottom. */
  entries: z.array(menuEntry),
});

/** The tray, in the window. */
export const appMethods = defineMethods({
  'view.get': {
    summary: 'What the tray shows now',
    scope: 'any',
    params: z.undefined(),
    result: view,
  },
  'action.run': {
    summary: 'Do what an entry of the menu does; `false`: it is not offered any more',
    scope: 'any',
    params: trayAction,
    result: z.strictObject({ done: z.boolean() }),
  },
});

export type WindowView = z.infer<typeof windowView>;
/** A view, and behind `?` what it is to begin with. */
export type WindowPlace =
  | WindowView
  | 'connections?pick'
  | 'connections?refused'
  | `connections?add=${string}`;
export type TrayAction = z.infer<typeof trayAction>;
export type MenuEntry = z.infer<typeof menuEntry>;
export type View = z.infer<typeof view>;
export type Tone = View['tone'];

import type { ParamsOf, ResultOf } from '../../core/protocol/define.ts';
import {
  appMethods,
  type MenuEntry,
  type Tone,
  type TrayAction,
  type View,
  type WindowPlace,
  type WindowView,
} from './methods/app.ts';
import { type ConfigFileChange, type ConfigProblem, configFileMethods } from './methods/config-file.ts';
import {
  type Connections,
  connectionsMethods,
  type Destination,
  type KnownConnection,
} from './methods/connections.ts';
import { diagnosticsMethods } from './methods/diagnostics.ts';
import { firstRunMethods } from './methods/first-run.ts';
import { gatewayMethods } from './methods/gateway.ts';
import {
  type LogFilter,
  type LogPage,
  type LogPosition,
  logMethods,
  type ShownLine,
} from './methods/logs.ts';
import { type ChatLimits, outsideMethods } from './methods/outside.ts';
import { overviewMethods, type VerdictView } from './methods/overview.ts';
import { type PickerRow, type PickerState, pickerMethods } from './methods/picker.ts';
import { type Keeping, type Prompt, type PromptAnswer, promptMethods } from './methods/prompts.ts';
import type { WindowCall, WindowEvent, WindowMethod } from './window-methods.ts';

/** What the window can ask of the app. Every `scope` is `any`: who may ask is decided by the frame that asks. */
export const bridgeContract = {
  ...appMethods,
  ...connectionsMethods,
  ...configFileMethods,
  ...diagnosticsMethods,
  ...firstRunMethods,
  ...gatewayMethods,
  ...pickerMethods,
  ...promptMethods,
  ...overviewMethods,
  ...logMethods,
  ...outsideMethods,
};

export type BridgeMethod = keyof typeof bridgeContract;
export type BridgeParams<M extends BridgeMethod> = ParamsOf<typeof bridgeContract, M>;
export type BridgeResult<M extends BridgeMethod> = ResultOf<typeof bridgeContract, M>;

/** What the app tells the window without being asked. */
export interface BridgeEvents {
  /** The tray shows something else now. */
  view: View;
  /** The gateway has told something; `payload` is what its protocol says for this event. */
  gateway: { event: WindowEvent; payload: unknown };
  /** Connected to a gateway, or not any more: what was fetched before is old. */
  connected: boolean;
  /** Current connection or list have changed. */
  connections: Connections;
  /** Something else is known of updates. */
  updates: null;
  /** What waits for a person. */
  prompts: readonly Prompt[];
  /** Somebody wants to see this. */
  navigate: WindowPlace;
  /** Gateways to choose from, while they are looked for. */
  picker: PickerState;
}
export type BridgeEvent = keyof BridgeEvents;

/** An outcome, as the window gets it; `code` is one of core/protocol/errors.ts and is never translated. */
export type BridgeAnswer<T> =
  | { ok: true; result: T }
  | { ok: false; error: { code: string; message: string; details?: unknown } };

/** What the preload script gives to the window as `window.openclaw`. */
export interface Bridge {
  call<M extends BridgeMethod>(method: M, params: BridgeParams<M>): Promise<BridgeAnswer<BridgeResult<M>>>;
  /** Tells every such event from now on; returns what ends that. */
  on<E extends BridgeEvent>(event: E, listener: (payload: BridgeEvents[E]) => void): () => void;
}

export type {
  ChatLimits,
  ConfigFileChange,
  ConfigProblem,
  Connections,
  Destination,
  Keeping,
  KnownConnection,
  LogFilter,
  LogPage,
  LogPosition,
  MenuEntry,
  PickerRow,
  PickerState,
  Prompt,
  PromptAnswer,
  ShownLine,
  Tone,
  TrayAction,
  VerdictView,
  View,
  WindowCall,
  WindowEvent,
  WindowMethod,
  WindowPlace,
  WindowView,
};

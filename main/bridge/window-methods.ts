import type { CallParams, MethodName, Result } from '../../core/protocol/contract.ts';

/** What the window may ask of the gateway, with the rights of the person who runs the app. */
export const WINDOW_METHODS = [
  'status',
  'logs.tail',
  'health',
  'agents.list',
  'models.list',
  'sessions.list',
  'sessions.preview',
  'sessions.search',
  'sessions.create',
  'sessions.patch',
  'sessions.reset',
  'sessions.delete',
  'sessions.compact',
  'chat.history',
  'chat.send',
  'chat.abort',
  'sessions.messages.subscribe',
  'sessions.messages.unsubscribe',
  'exec.approval.list',
  'exec.approval.resolve',
  'device.pair.list',
  'device.pair.approve',
  'device.pair.reject',
  'device.pair.remove',
  'device.token.rotate',
  'device.token.revoke',
  'config.get',
  'config.schema',
  'config.set',
  'config.patch',
  'system-presence',
] as const satisfies readonly MethodName[];

export type WindowMethod = (typeof WINDOW_METHODS)[number];
export type WindowCall<M extends WindowMethod> = { params: CallParams<M>; result: Result<M> };

/** What the gateway tells and the window hears. */
export const WINDOW_EVENTS = [
  'health',
  'presence',
  'chat',
  'agent',
  'shutdown',
  'sessions.changed',
  'session.message',
  'session.operation',
  'config.changed',
  'device.pair.requested',
  'device.pair.resolved',
  'exec.approval.requested',
  'exec.approval.resolved',
  'gap',
] as const;

export type WindowEvent = (typeof WINDOW_EVENTS)[number];

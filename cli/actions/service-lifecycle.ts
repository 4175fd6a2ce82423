import type { Action } from '../invocation.ts';
import { type JsonFlag, withService } from '../service.ts';

export const serviceStart: Action<JsonFlag> = (invocation) =>
  withService(invocation, 'start', ({ desk }) => desk.start());

export const serviceStop: Action<JsonFlag> = (invocation) =>
  withService(invocation, 'stop', ({ desk }) => desk.stop());

export const serviceRestart: Action<JsonFlag> = (invocation) =>
  withService(invocation, 'restart', ({ desk }) => desk.restart());

export const serviceUninstall: Action<JsonFlag & { force?: boolean }> = (invocation) =>
  withService(invocation, 'uninstall', ({ desk }) => desk.uninstall(invocation.options.force === true));

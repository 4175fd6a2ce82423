import type { Frame, Json } from './recording.ts';

/** Such as `agent lifecycle end` or `chat delta`; undefined for what tells nothing of a run. */
export function runKind({ event, payload }: Frame): string | undefined {
  const told = (payload ?? {}) as Json;
  if (event === 'agent') {
    const { phase, provider } = (told.data ?? {}) as Json;
    return words('agent', told.stream, phase, provider === null ? 'left' : undefined);
  }
  if (event !== 'chat') return undefined;
  const isNotice = String(told.errorMessage ?? '').startsWith('⚠️');
  return words('chat', told.state, told.phase, isNotice ? 'notice' : undefined);
}

const words = (...parts: unknown[]): string => parts.filter((part) => part !== undefined).join(' ');

/** The run that a frame is about. A note has a run of its own, named anew each time. */
export function runIdOf({ payload }: Frame): string | undefined {
  const { runId, runIds } = (payload ?? {}) as { runId?: string; runIds?: string[] };
  const found = runId ?? runIds?.[0];
  return found?.startsWith('inject-') ? 'inject' : found;
}

/** Whether `ours` tells what `recorded` told, of the same run. */
export const isSameStep = (recorded: Frame, ours: Frame): boolean =>
  runKind(recorded) === runKind(ours) && runIdOf(recorded) === runIdOf(ours);

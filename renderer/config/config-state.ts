import { useCallback, useEffect, useReducer, useState } from 'react';
import type { ConfigFileChange } from '../../main/bridge/contract.ts';
import { ask, type CallError, onEvent } from '../bridge.ts';
import { type ConfigPlan, type ConfigRead, changeOf, type Draft, NO_DRAFT } from './draft.ts';
import { mergeTexts } from './line-diff.ts';

/** What is known of the file, and what a person makes of it. */
export interface ConfigState {
  /** The file as the draft began with it. */
  base: ConfigRead | undefined;
  draft: Draft;
  /** The file as somebody else has left it since. */
  theirs: ConfigRead | undefined;
  error: CallError | undefined;
  /** Counts how often a draft has ended, so that nothing half typed outlives it. */
  round: number;
}

export type ConfigEvent =
  | { do: 'read'; now: ConfigRead }
  | { do: 'saved'; now: ConfigRead }
  | { do: 'draft'; draft: Draft }
  /** The draft goes on from what others have made of the file. */
  | { do: 'rebase' }
  | { do: 'discard' }
  | { do: 'failed'; error: CallError };

export const NOTHING_READ: ConfigState = {
  base: undefined,
  draft: NO_DRAFT,
  theirs: undefined,
  error: undefined,
  round: 0,
};

export function nextState(state: ConfigState, event: ConfigEvent): ConfigState {
  const { base, draft, theirs, round } = state;
  switch (event.do) {
    case 'read': {
      const isOther = base !== undefined && base.revision !== event.now.revision;
      const hasDraft = base !== undefined && changeOf(draft, base) !== undefined;
      if (isOther && hasDraft) return { ...state, theirs: event.now, error: undefined };
      return { ...NOTHING_READ, base: event.now, draft: hasDraft ? draft : NO_DRAFT, round };
    }
    case 'saved':
      return { ...NOTHING_READ, base: event.now, round: round + 1 };
    case 'draft':
      return { ...state, draft: event.draft };
    case 'rebase':
      return { ...state, base: theirs ?? base, draft: rebased(state), theirs: undefined };
    case 'discard':
      return { ...state, base: theirs ?? base, theirs: undefined, draft: NO_DRAFT, round: round + 1 };
    case 'failed':
      return { ...state, error: event.error };
  }
}

/** Where both have changed the same lines of the text, the draft stays as it is and a person compares. */
function rebased({ base, draft, theirs }: ConfigState): Draft {
  if (!base || !theirs || draft.text === undefined) return draft;
  return { ...draft, text: mergeTexts(base.text, draft.text, theirs.text) ?? draft.text };
}

export interface ConfigFile extends ConfigState {
  tell(event: ConfigEvent): void;
  /** Looks whether the file has changed. */
  look(): Promise<void>;
}

/** The configuration file, read again when the gateway or a look back at the window says that it may have changed. */
export function useConfigFile(): ConfigFile {
  const [state, tell] = useReducer(nextState, NOTHING_READ);
  const look = useCallback(
    () =>
      ask('config.file.read', undefined).then(
        (now) => tell({ do: 'read', now }),
        (error: CallError) => tell({ do: 'failed', error }),
      ),
    [],
  );
  useEffect(() => {
    const again = (): void => void look();
    again();
    window.addEventListener('focus', again);
    const end = onEvent('gateway', ({ event }) => event === 'config.changed' && again());
    return () => {
      window.removeEventListener('focus', again);
      end();
    };
  }, [look]);
  return { ...state, tell, look };
}

/** Milliseconds after the last key before a change is looked at. */
const PAUSE_MS = 150;

/** What would become of the file; undefined while that is being looked at. */
export function usePlan(
  { base, look }: Pick<ConfigFile, 'base' | 'look'>,
  change: ConfigFileChange | undefined,
): { plan: ConfigPlan | undefined; error: CallError | undefined } {
  const [known, setKnown] = useState<{ key: string; plan?: ConfigPlan; error?: CallError }>();
  const revision = base?.revision;
  const key = revision === undefined || change === undefined ? undefined : JSON.stringify([revision, change]);
  useEffect(() => {
    if (key === undefined) return undefined;
    let isCurrent = true;
    const [asked, wanted] = JSON.parse(key) as [string, ConfigFileChange];
    const timer = setTimeout(() => {
      ask('config.file.plan', { base: asked, change: wanted }).then(
        (plan) => isCurrent && setKnown({ key, plan }),
        (error: CallError) => {
          if (error.code === 'CONFIG_CONFLICT') void look();
          else if (isCurrent) setKnown({ key, error });
        },
      );
    }, PAUSE_MS);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, look]);
  const isKnown = key !== undefined && known?.key === key;
  return { plan: isKnown ? known.plan : undefined, error: isKnown ? known.error : undefined };
}

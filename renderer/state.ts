import { createContext, useContext, useEffect, useMemo, useState } from 'react';
import type { Catalogue, Say } from '../core/messages/catalogue.ts';
import type {
  BridgeEvent,
  BridgeEvents,
  TrayAction,
  View,
  WindowCall,
  WindowEvent,
  WindowMethod,
} from '../main/bridge/contract.ts';
import { ask, askGateway, type CallError, onEvent } from './bridge.ts';

/** What the tray shows, for every view of the window. */
export const ViewContext = createContext<View | undefined>(undefined);

export function useView(): View {
  const view = useContext(ViewContext);
  if (!view) throw new Error('no view yet');
  return view;
}

/** The words of a catalogue, in the language of the app. */
export function useSay<English extends Record<string, string>>(words: Catalogue<English>): Say<English> {
  const { language } = useView();
  return useMemo(() => words.in(language), [words, language]);
}

/** Hears an event of the app for as long as the component is shown. */
export function useBridgeEvent<E extends BridgeEvent>(
  event: E,
  listener: (payload: BridgeEvents[E]) => void,
): void {
  useEffect(() => onEvent(event, listener), [event, listener]);
}

/** What a menu entry changes, and what it failed with, comes back as a new view. */
export const runAction = (action: TrayAction): void => void ask('action.run', action).catch(() => undefined);

export interface Fetched<T> {
  /** The last answer; stays while it is asked again. */
  data: T | undefined;
  error: CallError | undefined;
  reload(): void;
}

/**
 * The answer of the gateway, asked again when one of `events` comes and when the connection is back. Params are
 * compared by their JSON.
 */
export function useGateway<M extends WindowMethod>(
  method: M,
  params: WindowCall<M>['params'],
  events: readonly WindowEvent[] = [],
): Fetched<WindowCall<M>['result']> {
  const [state, setState] = useState<Omit<Fetched<WindowCall<M>['result']>, 'reload'>>({
    data: undefined,
    error: undefined,
  });
  const [round, setRound] = useState(0);
  const key = JSON.stringify(params);
  const wanted = events.join();
  useEffect(() => {
    let isCurrent = round >= 0;
    askGateway(method, JSON.parse(key)).then(
      (data) => isCurrent && setState({ data, error: undefined }),
      (error: CallError) => isCurrent && setState(({ data }) => ({ data, error })),
    );
    return () => {
      isCurrent = false;
    };
  }, [method, key, round]);
  useEffect(() => {
    const again = (): void => setRound((before) => before + 1);
    const ends = [
      onEvent('connected', again),
      onEvent('gateway', ({ event }) => (event === 'gap' || wanted.split(',').includes(event)) && again()),
    ];
    return () => ends.forEach((end) => void end());
  }, [wanted]);
  return { ...state, reload: () => setRound((before) => before + 1) };
}

import { useEffect, useState } from 'react';
import type { PickerState } from '../../main/bridge/contract.ts';
import { ask, onEvent } from '../bridge.ts';

/** What is found while this is shown. A window that nobody sees does not search. */
export function usePickerSearch(): PickerState | undefined {
  const [state, setState] = useState<PickerState>();
  useEffect(() => {
    let isShown = true;
    const follow = (): void => {
      if (document.visibilityState === 'hidden')
        return void ask('picker.close', undefined).catch(() => undefined);
      ask('picker.open', undefined).then(
        (first) => isShown && setState((before) => before ?? first),
        () => undefined,
      );
    };
    const end = onEvent('picker', setState);
    document.addEventListener('visibilitychange', follow);
    follow();
    return () => {
      isShown = false;
      end();
      document.removeEventListener('visibilitychange', follow);
      void ask('picker.close', undefined).catch(() => undefined);
    };
  }, []);
  return state;
}

const UNITS: readonly [unit: Intl.RelativeTimeFormatUnit, ms: number][] = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** `3 minutes ago`; times are epoch milliseconds. */
export function ago(thenMs: number, nowMs: number, language: string): string {
  const passed = Math.max(0, nowMs - thenMs);
  const [unit, ms] = UNITS.find(([, size]) => passed >= size) ?? (['second', 1_000] as const);
  return new Intl.RelativeTimeFormat(language).format(-Math.floor(passed / ms), unit);
}

/** The time, again every ten seconds. */
export function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, []);
  return now;
}

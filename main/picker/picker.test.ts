import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../core/testing/fake-clock.ts';
import { LatencyMeter } from './latency.ts';
import { Picker, type PickerSources } from './picker.ts';

const REPORT = {
  links: 1,
  isOffline: false,
  troubles: [],
  packetsOfOthers: 1,
  unusable: 0,
  isOverrun: false,
};

function picker() {
  const clock = new FakeClock();
  const open = { browsers: 0, questions: 0 };
  const states: unknown[] = [];
  const sources: PickerSources = {
    browse: () => {
      open.browsers += 1;
      const close = async (): Promise<void> => {
        open.browsers -= 1;
      };
      return { beacons: () => [], report: () => REPORT, close };
    },
    domain: async () => 'lab.example',
    askWideArea: (_, signal) => {
      open.questions += 1;
      return new Promise((resolve) =>
        signal.addEventListener('abort', () => {
          open.questions -= 1;
          resolve({ services: [] });
        }),
      );
    },
    known: async () => ({ places: [], sshProblem: undefined }),
    outlook: () => async () => undefined,
    measure: async () => 1,
    ownAddresses: () => [],
  };
  const made = new Picker({
    clock,
    sources,
    current: () => ({ kind: 'local' }),
    language: () => 'en',
    command: 'openclaw',
    allowInsecure: false,
    onState: (state) => states.push(state),
  });
  return { clock, open, states, made };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the picker', () => {
  it('has no timer, no socket and no question open before it is shown and after it is closed', async () => {
    const { clock, open, states, made } = picker();
    expect(clock.waiting).toBe(0);
    made.open();
    await turn();
    expect(clock.waiting).toBeGreaterThan(0);
    expect(open).toEqual({ browsers: 1, questions: 1 });
    made.open();
    await turn();
    expect(open).toEqual({ browsers: 1, questions: 1 });
    made.close();
    await turn();
    expect(open).toEqual({ browsers: 0, questions: 0 });
    expect(clock.waiting).toBe(0);
    expect(states).toEqual([]);
  });
});

describe('latencies', () => {
  it('are measured once each, four at a time, and not at all when the search is over', async () => {
    const end = new AbortController();
    const running: ((ms: number) => void)[] = [];
    const meter = new LatencyMeter(
      () => new Promise((resolve) => running.push(resolve)),
      end.signal,
      () => {},
    );
    const places = Array.from({ length: 9 }, (_, index) => ({ host: `10.0.0.${index}`, port: 1 }));
    for (const place of [...places, ...places]) expect(meter.of(place)).toEqual({ state: 'waiting' });
    expect(running.length).toBe(4);
    running[0]?.(1.23);
    await turn();
    expect(meter.of(places[0])).toEqual({ state: 'measured', ms: 1.2 });
    expect(running.length).toBe(5);
    end.abort();
    running[1]?.(1);
    await turn();
    expect(running.length).toBe(5);
    expect(meter.of(undefined)).toEqual({ state: 'off' });
  });
});

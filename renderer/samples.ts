import { createContext, useEffect, useState } from 'react';
import type { WindowCall } from '../main/bridge/contract.ts';
import { askGateway, onEvent } from './bridge.ts';
import { type Sample, SampleRing, startSampling } from './sample-ring.ts';

type Status = WindowCall<'status'>['result'];

/** What the gateway told of itself in the last minutes, while the window could be seen. */
export interface Samples {
  list: readonly Sample[];
  /** The newest answer; undefined while there is no connection. */
  status: Status | undefined;
}

const SPAN_MS = 600_000;
const EVERY_MS = 2_000;

export const SamplesContext = createContext<Samples>({ list: [], status: undefined });

/** Samples for as long as the component is there; for one at the root of the page. */
export function useSampling(): Samples {
  const [samples, setSamples] = useState<Samples>({ list: [], status: undefined });
  useEffect(() => {
    const ring = new SampleRing(SPAN_MS);
    // A question that is on its way then is answered by the next connection at the earliest.
    const endForgetting = onEvent('connected', (isConnected) => {
      if (isConnected) return;
      ring.push(sampleOf(undefined, null));
      setSamples({ list: ring.samples, status: undefined });
    });
    const endSampling = startSampling({
      isVisible: () => document.visibilityState === 'visible',
      onVisibility(listener) {
        const end = onEvent('connected', listener);
        document.addEventListener('visibilitychange', listener);
        return () => {
          end();
          document.removeEventListener('visibilitychange', listener);
        };
      },
      repeat(task) {
        const timer = setInterval(task, EVERY_MS);
        return () => clearInterval(timer);
      },
      async take() {
        const { status, answerMs } = await timedStatus();
        ring.push(sampleOf(status, answerMs));
        setSamples({ list: ring.samples, status });
      },
    });
    return () => {
      endForgetting();
      endSampling();
    };
  }, []);
  return samples;
}

async function timedStatus(): Promise<{ status: Status | undefined; answerMs: number | null }> {
  const startedAt = performance.now();
  const status = await askGateway('status', {}).catch(() => undefined);
  return { status, answerMs: status ? performance.now() - startedAt : null };
}

const sampleOf = (status: Status | undefined, answerMs: number | null): Sample => ({
  at: Date.now(),
  connections: status?.connections ?? null,
  answerMs,
  loopDelayMs: status?.eventLoopNow?.delayP99Ms ?? null,
  memoryBytes: status?.processMemory?.rssBytes ?? null,
});

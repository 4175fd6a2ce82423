/** How a gateway does at one moment. What it does not tell is null, and the line has a gap there. */
export interface Sample {
  /** Epoch milliseconds. */
  at: number;
  connections: number | null;
  /** Milliseconds from the question to the answer. */
  answerMs: number | null;
  loopDelayMs: number | null;
  memoryBytes: number | null;
}

export type Measure = Exclude<keyof Sample, 'at'>;

export interface Range {
  now: number | null;
  lowest: number | null;
  highest: number | null;
}

/** The last samples of a span of time. */
export class SampleRing {
  readonly #spanMs: number;
  #samples: readonly Sample[] = [];

  constructor(spanMs: number) {
    this.#spanMs = spanMs;
  }

  /** From the oldest to the newest; another array after each change. */
  get samples(): readonly Sample[] {
    return this.#samples;
  }

  push(sample: Sample): void {
    const oldest = sample.at - this.#spanMs;
    this.#samples = [...this.#samples.filter(({ at }) => at > oldest && at <= sample.at), sample];
  }
}

/** The newest, lowest and highest value of a measure. */
export function rangeOf(samples: readonly Sample[], measure: Measure): Range {
  const known = samples.flatMap((sample) => sample[measure] ?? []);
  if (known.length === 0) return { now: null, lowest: null, highest: null };
  return {
    now: samples.at(-1)?.[measure] ?? null,
    lowest: Math.min(...known),
    highest: Math.max(...known),
  };
}

export interface SamplingEffects {
  /** The window can be seen. */
  isVisible(): boolean;
  /** Calls whenever that changes, and when there is news to sample at once; returns what ends it. */
  onVisibility(listener: () => void): () => void;
  /** Calls again and again; returns what ends it. */
  repeat(task: () => void): () => void;
  take(): Promise<void>;
}

/** Takes samples while the window can be seen, and has no timer while it cannot. Returns what ends it. */
export function startSampling({ isVisible, onVisibility, repeat, take }: SamplingEffects): () => void {
  let stop: (() => void) | undefined;
  let isBusy = false;
  const tick = (): void => {
    if (isBusy) return;
    isBusy = true;
    void take().finally(() => {
      isBusy = false;
    });
  };
  const follow = (): void => {
    stop?.();
    stop = undefined;
    if (!isVisible()) return;
    tick();
    stop = repeat(tick);
  };
  const ignore = onVisibility(follow);
  follow();
  return () => {
    ignore();
    stop?.();
  };
}

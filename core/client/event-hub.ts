import type { Logger } from '../lib/log.ts';
import type { EventName, EventPayloads } from '../protocol/events.ts';
import type { EventFrame } from '../protocol/frames.ts';

/** Events were lost: what they would have told has to be fetched. `expected` is the first missing number. */
export interface SeqGap {
  expected: number;
  received: number;
}

export type EventListener<P = unknown> = (payload: P, frame: EventFrame) => void;

/**
 * Subscribes; the returned function ends it. Names are those of the wire, plus `gap` (made here, see
 * SeqGap) and `*` for every event. Payload types are what the protocol promises; they are not checked.
 */
export interface Subscribe {
  <E extends EventName>(event: E, listener: EventListener<EventPayloads[E]>): () => void;
  (event: 'gap', listener: EventListener<SeqGap>): () => void;
  (event: string, listener: EventListener): () => void;
}

/** Who listens to what. A listener that throws is logged and does not disturb the others. */
export class EventHub {
  readonly #log: Logger;
  readonly #listeners = new Map<string, Set<EventListener>>();

  constructor(log: Logger) {
    this.#log = log;
  }

  readonly on: Subscribe = (event: string, listener: EventListener<never>) => {
    const listeners = this.#listeners.get(event) ?? new Set();
    this.#listeners.set(event, listeners);
    // An own function for each subscription, so that the same listener may subscribe twice.
    const entry: EventListener = (payload, frame) => listener(payload as never, frame);
    listeners.add(entry);
    return () => listeners.delete(entry);
  };

  emit(frame: EventFrame): void {
    for (const name of [frame.event, '*']) {
      for (const listener of [...(this.#listeners.get(name) ?? [])]) this.#tell(listener, frame);
    }
  }

  #tell(listener: EventListener, frame: EventFrame): void {
    try {
      listener(frame.payload, frame);
    } catch (error) {
      this.#log.error(`a listener for ${frame.event} failed`, { error: String(error) });
    }
  }
}

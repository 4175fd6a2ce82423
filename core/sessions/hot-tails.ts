import type { StoredMessage } from './session-types.ts';

/** The newest messages of a session, oldest first, without a gap among them. */
export interface Tail {
  messages: readonly SizedMessage[];
  /** True when there is no older message. */
  reachedStart: boolean;
  damaged: number;
}

export interface SizedMessage {
  stored: StoredMessage;
  /** Of its line in the transcript. */
  bytes: number;
}

/** Remembers the tails of the sessions in use, within bounds of count and size. */
export interface HotTails {
  get(sessionId: string): Tail | undefined;
  put(sessionId: string, tail: Tail): void;
  /** Extends a tail that is known; one that is not known stays so. */
  extend(sessionId: string, messages: readonly SizedMessage[]): void;
  /** Where the page that was read last begins, so that the page before it is found at once. */
  pageStart(sessionId: string): PageStart | undefined;
  notePage(sessionId: string, start: PageStart): void;
  drop(sessionId: string): void;
}

/** The oldest message of a page: its sequence number and the offset of its line. */
export interface PageStart {
  seq: number;
  offset: number;
}

export interface TailBounds {
  sessions: number;
  messages: number;
  bytes: number;
}

export function createHotTails(bounds: TailBounds): HotTails {
  /** Least recently used first. */
  const tails = new Map<string, Tail>();
  const pages = new Map<string, PageStart>();
  const put = (sessionId: string, tail: Tail): void => {
    tails.delete(sessionId);
    const kept = bounded(tail, bounds);
    if (kept.messages.length > 0 || kept.reachedStart) tails.set(sessionId, kept);
    for (const oldest of tails.keys()) {
      if (tails.size <= bounds.sessions) break;
      tails.delete(oldest);
    }
  };
  return {
    put,
    get(sessionId) {
      const tail = tails.get(sessionId);
      if (!tail) return undefined;
      tails.delete(sessionId);
      tails.set(sessionId, tail);
      return tail;
    },
    extend(sessionId, messages) {
      const tail = tails.get(sessionId);
      if (tail) put(sessionId, { ...tail, messages: [...tail.messages, ...messages] });
    },
    pageStart: (sessionId) => pages.get(sessionId),
    notePage(sessionId, start) {
      pages.delete(sessionId);
      pages.set(sessionId, start);
      for (const oldest of pages.keys()) {
        if (pages.size <= bounds.sessions) break;
        pages.delete(oldest);
      }
    },
    drop(sessionId) {
      pages.delete(sessionId);
      tails.delete(sessionId);
    },
  };
}

/** Cuts to three quarters when a bound is passed, so that not every message has to move the rest. */
function bounded(tail: Tail, bounds: TailBounds): Tail {
  const { messages } = tail;
  const bytes = messages.reduce((sum, message) => sum + message.bytes, 0);
  if (messages.length <= bounds.messages && bytes <= bounds.bytes) return tail;
  let start = messages.length;
  for (
    let room = bounds.bytes * 0.75;
    start > 0 && messages.length - start < bounds.messages * 0.75;
    start -= 1
  ) {
    room -= messages[start - 1]?.bytes ?? 0;
    if (room < 0) break;
  }
  return { ...tail, messages: messages.slice(start), reachedStart: tail.reachedStart && start === 0 };
}

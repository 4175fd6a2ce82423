import { EVENTS, type EventName, type EventPayloads } from '../protocol/events.ts';
import type { StateVersion } from '../protocol/frames.ts';
import { holds } from '../protocol/scopes.ts';
import type { Connection, Peer } from './connection.ts';
import { type Dialect, v3 } from './dialect.ts';
import { textFrame } from './text-frame.ts';

/** Whom an event is for; everybody who may know, unless told. */
export interface Audience {
  to?(connection: Connection, peer: Peer): boolean;
}

/**
 * Tells every connection that may know what has changed. Events announce; they never ask for work.
 * An event that is left out for a slow reader leaves a hole in its numbers, by which it knows to ask anew.
 * A payload is serialised once for each dialect, and a numbered frame once for each number.
 */
export class Broadcaster {
  private readonly connections = new Set<Connection>();
  private readonly stateVersion: () => StateVersion;
  private globalSeq = 0;

  constructor(stateVersion: () => StateVersion) {
    this.stateVersion = stateVersion;
  }

  add(connection: Connection): void {
    this.connections.add(connection);
  }

  /** False when it was not there. */
  remove(connection: Connection): boolean {
    return this.connections.delete(connection);
  }

  /** Connections that have said hello. */
  all(): Iterable<Connection> {
    return this.connections;
  }

  get size(): number {
    return this.connections.size;
  }

  emit<E extends EventName>(event: E, payload: EventPayloads[E], audience: Audience = {}): void {
    const { droppable, v4Only } = EVENTS[event];
    const makerFor = this.makers(event, payload);
    const numbered = audience.to === undefined;
    if (numbered && !v4Only && v3.tells(event, payload)) this.globalSeq += 1;
    for (const connection of this.connections) {
      const { peer } = connection;
      if (!peer || !isFor(connection, peer, event, audience)) continue;
      const frame = makerFor(peer.dialect)?.(this.seqFor(connection, peer, numbered));
      if (frame && !(droppable && connection.behind)) connection.write(frame);
    }
  }

  private makers(event: EventName, payload: unknown): (dialect: Dialect) => FrameMaker | undefined {
    const versions = EVENTS[event].versioned ? this.stateVersion() : undefined;
    const known = new Map<Dialect, FrameMaker | undefined>();
    return (dialect) => {
      if (known.has(dialect)) return known.get(dialect);
      const said = dialect.event(event, payload);
      const maker = said === undefined ? undefined : frameMaker(event, said, versions);
      known.set(dialect, maker);
      return maker;
    };
  }

  /** v3 counts what everybody gets, so what only some get has no number there. */
  private seqFor(connection: Connection, { dialect }: Peer, numbered: boolean): number | undefined {
    if (dialect.numbering === 'connection') return connection.nextSeq();
    return numbered ? this.globalSeq : undefined;
  }
}

type FrameMaker = (seq: number | undefined) => Buffer;

function isFor(connection: Connection, peer: Peer, event: EventName, audience: Audience): boolean {
  return mayReceive(peer, event) && (audience.to?.(connection, peer) ?? true);
}

function mayReceive(peer: Peer, event: EventName): boolean {
  const needed = peer.dialect.eventScope(event);
  if (needed === undefined) return false;
  return needed === 'any' || (peer.role === 'operator' && holds(peer.scopes, needed));
}

/** Serialises on first use: an era that nobody speaks costs nothing. */
function frameMaker(event: EventName, payload: unknown, stateVersion: StateVersion | undefined): FrameMaker {
  const tail = stateVersion ? `,"stateVersion":${JSON.stringify(stateVersion)}}` : '}';
  const made = new Map<number | undefined, Buffer>();
  let head: Buffer | undefined;
  return (seq) => {
    let frame = made.get(seq);
    if (!frame) {
      head ??= Buffer.from(
        `{"type":"event","event":${JSON.stringify(event)},"payload":${JSON.stringify(payload)}`,
      );
      frame = textFrame(head, seq === undefined ? tail : `,"seq":${seq}${tail}`);
      made.set(seq, frame);
    }
    return frame;
  };
}

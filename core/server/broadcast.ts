import { EVENTS, type EventName, type EventPayloads } from '../protocol/events.ts';
import type { StateVersion } from '../protocol/frames.ts';
import { holds } from '../protocol/scopes.ts';
import type { Connection, Peer } from './connection.ts';
import type { Dialect } from './dialect.ts';

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

  emit<E extends EventName>(event: E, payload: EventPayloads[E]): void {
    const spec = EVENTS[event];
    if (!spec.v4Only) this.globalSeq += 1;
    const frames = new Map<Dialect, FrameMaker>();
    const makerFor = (dialect: Dialect): FrameMaker => {
      const known = frames.get(dialect);
      if (known) return known;
      const maker = frameMaker(
        event,
        dialect.event(event, payload),
        spec.versioned ? this.stateVersion() : undefined,
      );
      frames.set(dialect, maker);
      return maker;
    };
    for (const connection of this.connections) {
      const { peer } = connection;
      if (!peer || !mayReceive(peer, event)) continue;
      const seq = peer.dialect.numbering === 'global' ? this.globalSeq : connection.nextSeq();
      if (spec.droppable && connection.behind) continue;
      connection.write(makerFor(peer.dialect)(seq));
    }
  }
}

type FrameMaker = (seq: number) => Buffer;

function mayReceive(peer: Peer, event: EventName): boolean {
  const needed = peer.dialect.eventScope(event);
  if (needed === undefined) return false;
  return needed === 'any' || (peer.role === 'operator' && holds(peer.scopes, needed));
}

function frameMaker(event: EventName, payload: unknown, stateVersion: StateVersion | undefined): FrameMaker {
  const head = `{"type":"event","event":${JSON.stringify(event)},"payload":${JSON.stringify(payload)},"seq":`;
  const tail = stateVersion ? `,"stateVersion":${JSON.stringify(stateVersion)}}` : '}';
  const made = new Map<number, Buffer>();
  return (seq) => {
    let frame = made.get(seq);
    if (!frame) {
      frame = Buffer.from(`${head}${seq}${tail}`);
      made.set(seq, frame);
    }
    return frame;
  };
}

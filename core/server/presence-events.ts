import type { Presence } from '../status/presence.ts';
import type { Broadcaster } from './broadcast.ts';
import type { Connection, Peer } from './connection.ts';

/** Clients that come and go by the command are not worth announcing. Source: wire protocol, events. */
const QUIET_MODES = new Set(['cli', 'backend', 'probe']);

export function announceArrival(presence: Presence, broadcaster: Broadcaster, connection: Connection): void {
  announce(presence, broadcaster, connection, 'connect');
}

export function announceDeparture(
  presence: Presence,
  broadcaster: Broadcaster,
  connection: Connection,
): void {
  announce(presence, broadcaster, connection, 'disconnect');
}

function announce(
  presence: Presence,
  broadcaster: Broadcaster,
  connection: Connection,
  reason: 'connect' | 'disconnect',
): void {
  const { peer } = connection;
  if (!peer || QUIET_MODES.has(peer.client.mode)) return;
  const key = rowKey(connection, peer);
  if (reason === 'disconnect' && isElsewhere(broadcaster, key)) return;
  const instanceId = peer.client.instanceId ?? peer.deviceId;
  presence.upsert(
    key,
    { ...rowOf(peer), ...(instanceId === undefined ? {} : { instanceId }), reason },
    reason === 'connect',
  );
  broadcaster.emit('presence', { presence: presence.list() });
}

const rowKey = (connection: Connection, { deviceId, client }: Peer): string =>
  deviceId ?? client.instanceId ?? connection.id;

/** A client with several sockets has left when its last one has. */
function isElsewhere(broadcaster: Broadcaster, key: string): boolean {
  return [...broadcaster.all()].some(
    (other) => other.peer && !QUIET_MODES.has(other.peer.client.mode) && rowKey(other, other.peer) === key,
  );
}

function rowOf({ client, role, scopes, deviceId }: Peer) {
  const host = client.displayName ?? client.id;
  return {
    host,
    version: client.version,
    platform: client.platform,
    ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
    mode: client.mode,
    ...(deviceId === undefined ? {} : { deviceId, ...(role === 'operator' ? { scopes: [...scopes] } : {}) }),
    roles: [role],
    text: `Node: ${host} · mode ${client.mode}`,
  };
}

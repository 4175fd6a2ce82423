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
  const instanceId = peer.client.instanceId ?? peer.deviceId;
  presence.upsert(
    peer.deviceId ?? instanceId ?? connection.id,
    { ...rowOf(peer), ...(instanceId === undefined ? {} : { instanceId }), reason },
    reason === 'connect',
  );
  broadcaster.emit('presence', { presence: presence.list() });
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

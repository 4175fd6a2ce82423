import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { addressMatcher } from '../lib/address.ts';
import { type MdnsPacket, readPacket } from './mdns-packet.ts';
import type { Link } from './network.ts';

export const MDNS_PORT = 5353;
export const MDNS_GROUP = '224.0.0.251';

/** What can be wrong with multicast on a link. */
export type MulticastTrouble = 'port-taken' | 'no-multicast' | 'send' | 'malformed' | 'flood' | 'internal';

export interface Sender {
  address: string;
  port: number;
}

export interface MdnsSocketOptions {
  link: Link;
  /** Whoever only asks may do so from another port when 5353 cannot be had; answers then come to it alone. */
  mayFallBack?: boolean;
  onPacket(packet: MdnsPacket, from: Sender): void;
  /** `detail` is a system code such as ENETUNREACH. */
  onTrouble(kind: MulticastTrouble, detail?: string): void;
}

/** Multicast DNS on one link. Nothing that happens to it is thrown. */
export interface MdnsSocket {
  /** To everybody on the link, or to one; resolves when it is handed to the system, or could not be. */
  send(bytes: Buffer, to?: Sender): Promise<void>;
  close(): Promise<void>;
}

/** Packets a second that are read at most; a link full of gateways stays far below. */
const MAX_PACKETS_PER_SECOND = 500;

/** Resolves to undefined when multicast cannot be had on this link; `onTrouble` has said why. */
export async function openMdnsSocket(options: MdnsSocketOptions): Promise<MdnsSocket | undefined> {
  const { link, onTrouble, mayFallBack } = options;
  const socket = await bound(link, MDNS_PORT, onTrouble);
  if (socket) return serve(socket, options);
  const other = mayFallBack ? await bound(link, 0, onTrouble) : undefined;
  return other && serve(other, options);
}

async function bound(
  link: Link,
  port: number,
  onTrouble: MdnsSocketOptions['onTrouble'],
): Promise<Socket | undefined> {
  // Only addresses are sent to, so nothing of name resolution is loaded.
  const socket = createSocket({
    type: 'udp4',
    reuseAddr: true,
    lookup: (address, _, done) => done(null, address, 4),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(port, '0.0.0.0', () => {
        socket.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    onTrouble('port-taken', codeOf(error));
    closeQuietly(socket);
    return undefined;
  }
  try {
    socket.addMembership(MDNS_GROUP, link.address);
    socket.setMulticastInterface(link.address);
    socket.setMulticastTTL(255);
    socket.setMulticastLoopback(true);
    return socket;
  } catch (error) {
    onTrouble('no-multicast', codeOf(error));
    closeQuietly(socket);
    return undefined;
  }
}

function serve(socket: Socket, options: MdnsSocketOptions): MdnsSocket {
  const { onTrouble } = options;
  const receive = receiver(options);
  let isOpen = true;
  socket.on('error', (error) => onTrouble('send', codeOf(error)));
  socket.on('message', (bytes: Buffer, from: RemoteInfo) => {
    if (isOpen) receive(bytes, from);
  });
  return {
    send: (bytes, to = { address: MDNS_GROUP, port: MDNS_PORT }) =>
      new Promise((resolve) => {
        if (!isOpen) return resolve();
        socket.send(bytes, to.port, to.address, (error) => {
          if (error && isOpen) onTrouble('send', codeOf(error));
          resolve();
        });
      }),
    close: () => {
      if (!isOpen) return Promise.resolve();
      isOpen = false;
      return new Promise((resolve) => socket.close(() => resolve()));
    },
  };
}

/** Takes what comes in. Who is not on the link is not heard: so no answer can be aimed at a stranger. */
function receiver({ link, onPacket, onTrouble }: MdnsSocketOptions) {
  const isOnLink = addressMatcher([...link.subnets, ...link.addresses]);
  const take = allowance(MAX_PACKETS_PER_SECOND);
  const deliver = (packet: MdnsPacket, from: Sender): void => {
    try {
      onPacket(packet, from);
    } catch (error) {
      onTrouble('internal', error instanceof Error ? error.message : String(error));
    }
  };
  return (bytes: Buffer, from: Sender): void => {
    if (!isOnLink(from.address)) return;
    const packet = take() ? readPacket(bytes) : 'flood';
    if (packet === 'flood') onTrouble('flood');
    else if (packet) deliver(packet, from);
    else onTrouble('malformed');
  };
}

const uptimeMs = (): number => process.uptime() * 1000;

/** `true` at most `perSecond` times a second; reads a clock of its own that no change of the date moves. */
export function allowance(perSecond: number): () => boolean {
  let left = perSecond;
  let at = uptimeMs();
  return () => {
    const now = uptimeMs();
    left = Math.min(perSecond, left + ((now - at) / 1000) * perSecond);
    at = now;
    if (left < 1) return false;
    left -= 1;
    return true;
  };
}

const codeOf = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));

function closeQuietly(socket: Socket): void {
  socket.on('error', () => {});
  try {
    socket.close();
  } catch {
    // It was never open.
  }
}

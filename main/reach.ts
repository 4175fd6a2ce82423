import type { SessionOptions } from '../core/client/session.ts';
import type { OwnerRecord } from '../core/host/owner-file.ts';
import type { LogPlace } from '../core/logs/log-files.ts';
import type { Runner } from './adopted-gateway.ts';
import type { Destination } from './bridge/contract.ts';
import type { GatewayLook } from './connection-state.ts';
import type { PortHolder } from './port-relief.ts';

export type SessionRoute = Omit<SessionOptions, 'clock'>;

/** A gateway as it was found: how it is, and how to reach it. */
export interface FoundGateway {
  look: GatewayLook;
  /** Without secrets; empty where nobody has got there yet. */
  url: string;
  /** Undefined where nobody has got there yet. */
  route?: SessionRoute | undefined;
  /** What the gateway that runs on our state directory has left for its owner. */
  owner?: OwnerRecord | undefined;
  /** Where its log files are, if they are on this computer. */
  logDir?: string | undefined;
  logPlace?: LogPlace | undefined;
  /** Who sits at its port and keeps it from being used. */
  holder?: PortHolder | undefined;
  /** The gateway at its port, whoever started it, that could be taken over. */
  runner?: Runner | undefined;
}

/** How the way to a gateway elsewhere is; how the gateway itself is, a look tells. */
export type Way =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** It was open, and is opened again by itself. */
  | { kind: 'reconnecting'; attempt: number }
  /** The look says what is wrong. */
  | { kind: 'failed' }
  /** A person wants it closed. */
  | { kind: 'disconnected' };

/** The way to one gateway, whether it is on this computer or elsewhere. */
export interface Reach {
  readonly destination: Destination;
  /** Undefined for this computer. */
  readonly way: Way | undefined;
  /** Where other programs of this computer reach it. */
  readonly localUrl?: string | undefined;
  /** The gateway that has proved itself. */
  readonly gatewayId?: string | undefined;
  /** Looks at the gateway. It changes nothing there and never rejects for what it finds. */
  look(): Promise<FoundGateway>;
  /** Opens the way, and again after it was closed or has failed. */
  connect(): void;
  disconnect(): void;
  /** The machine has slept, or its network has changed. */
  wake(): void;
  /** Asks a person for the secret that the gateway wants; resolves when there is an answer. */
  askSecret(): Promise<void>;
  close(): Promise<void>;
}

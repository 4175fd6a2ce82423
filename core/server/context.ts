import type { ClientInfo } from '../protocol/connect.ts';
import type { Role } from '../protocol/scopes.ts';

/** All that a handler knows of its caller. `signal` aborts when the caller is gone. */
export interface CallContext {
  connId: string;
  role: Role;
  scopes: readonly string[];
  /** What the caller calls itself: for people to read, not to be trusted. */
  client: ClientInfo;
  /** The device the caller proved to be, if it has one. */
  deviceId: string | undefined;
  /** Its era lets a session have any model, whether there is one or not. */
  takesAnyModel: boolean;
  readonly signal: AbortSignal;
  /** Sends a second answer with the same id when `later` has settled; for runs, which are accepted first. */
  answerAgain(later: Promise<unknown>): void;
}

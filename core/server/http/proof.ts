import { budgetKey } from '../../lib/address.ts';
import type { Clock } from '../../lib/clock.ts';
import type { DeviceIdentity } from '../../protocol/device-auth.ts';
import { type GatewayProof, isProofNonce, proofPayload } from '../../protocol/gateway-proof.ts';

export type ProofAnswer = { status: 200; body: GatewayProof } | { status: 400 | 429; message: string };

/** Signatures for one address in a minute; each costs about as much as the request that asks for it. */
const PER_MINUTE = 600;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** Proves to anybody who asks that this gateway holds its key, and nothing else. */
export class ProofDesk {
  private readonly identity: DeviceIdentity;
  private readonly port: () => number;
  private readonly clock: Clock;
  private windowEnds = 0;
  private readonly asked = new Map<string, number>();

  constructor(identity: DeviceIdentity, port: () => number, clock: Clock) {
    this.identity = identity;
    this.port = port;
    this.clock = clock;
  }

  /** `tlsFingerprint` is of the certificate that the asking connection was served with. */
  answer(url: string, address: string | undefined, tlsFingerprint?: string): ProofAnswer {
    const nonce = new URLSearchParams(url.slice(url.indexOf('?') + 1)).get('nonce');
    if (!isProofNonce(nonce)) return { status: 400, message: 'nonce must be 32 bytes in base64url' };
    if (!this.isWithinBudget(address)) return { status: 429, message: 'too many questions; wait a minute' };
    const { deviceId: gatewayId, publicKey } = this.identity;
    const port = this.port();
    const signature = this.identity.sign(proofPayload(nonce, gatewayId, port, tlsFingerprint));
    const encrypted = tlsFingerprint === undefined ? {} : { tlsFingerprint };
    return { status: 200, body: { ok: true, gatewayId, publicKey, port, ...encrypted, signature } };
  }

  private isWithinBudget(address: string | undefined): boolean {
    const now = this.clock.now();
    if (now >= this.windowEnds || this.asked.size >= MOST_ADDRESSES) {
      this.asked.clear();
      this.windowEnds = now + WINDOW_MS;
    }
    const key = budgetKey(address);
    const count = (this.asked.get(key) ?? 0) + 1;
    this.asked.set(key, count);
    return count <= PER_MINUTE;
  }
}

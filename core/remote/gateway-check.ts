import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { askProof, type ProofResult } from './gateway-proof.ts';
import { type GatewayProblem, gatewayProblem } from './remote-problem.ts';
import { pinGateway, pinnedGateway } from './remotes-file.ts';

/** `pinned`: the gateway that was vouched for before, when it is another one. */
export type GatewayQuestion =
  | { about: 'gateway'; remote: string; gatewayId: string; pinned: string | undefined }
  | { about: 'unproven-gateway'; remote: string; reason: string; pinned: string | undefined };

interface Parts {
  /** Where it is kept who was vouched for. */
  file: string;
  /** How this place is called there. */
  remote: string;
  /** Where the gateway has to listen; undefined for a socket. */
  port: number | undefined;
  clock: Clock;
  /** Milliseconds it has for its proof; as long as `askProof` waits when absent. */
  answerMs?: number | undefined;
}

/** Decides whether the gateway at the other end of a stream is the one that somebody has vouched for. */
export class GatewayCheck {
  /** Asks a person; a no when absent. */
  consent: ((question: GatewayQuestion) => Promise<boolean>) | undefined;
  /** The gateway that has proved itself. */
  gatewayId: string | undefined;
  private isTrustedUnproven = false;
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Undefined when it is; the stream is left as it was. Throws STORE_UNUSABLE. */
  async prove(stream: Duplex): Promise<GatewayProblem | undefined> {
    if (this.isTrustedUnproven) return undefined;
    const { port, clock, answerMs } = this.parts;
    const proof = await askProof(stream, port, clock, answerMs);
    return proof.result === 'proven' ? this.compare(proof.gatewayId) : this.unproven(proof);
  }

  private async compare(gatewayId: string): Promise<GatewayProblem | undefined> {
    const { file, remote, clock } = this.parts;
    const pinned = this.gatewayId ?? (await pinnedGateway(file, remote));
    if (pinned !== gatewayId) {
      const isWanted = await this.consent?.({ about: 'gateway', remote, gatewayId, pinned });
      if (!isWanted) {
        const values = { remote, gatewayId, pinned: pinned ?? '-' };
        return gatewayProblem(pinned === undefined ? 'GATEWAY_UNKNOWN' : 'GATEWAY_CHANGED', values);
      }
      await pinGateway(file, { remote, gatewayId, pinnedAtMs: clock.now() });
    }
    this.gatewayId = gatewayId;
    return undefined;
  }

  private async unproven(
    proof: Exclude<ProofResult, { result: 'proven' }>,
  ): Promise<GatewayProblem | undefined> {
    const { file, remote } = this.parts;
    if (proof.result === 'silent') return gatewayProblem('GATEWAY_SILENT', { remote });
    const { reason } = proof;
    if (proof.result === 'invalid') return gatewayProblem('GATEWAY_PROOF_INVALID', { remote, reason });
    const pinned = this.gatewayId ?? (await pinnedGateway(file, remote));
    this.isTrustedUnproven =
      (await this.consent?.({ about: 'unproven-gateway', remote, reason, pinned })) ?? false;
    if (this.isTrustedUnproven) return undefined;
    return pinned === undefined
      ? gatewayProblem('GATEWAY_UNPROVEN', { remote, reason })
      : gatewayProblem('GATEWAY_CHANGED', { remote, gatewayId: '-', pinned });
  }
}

import type { Duplex } from 'node:stream';
import type { Clock } from '../lib/clock.ts';
import { encrypt } from './encrypted-stream.ts';
import { askProof, NOT_HTTP, type ProofResult } from './gateway-proof.ts';
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

/** One more stream to whoever listens there. */
type OpenStream = () => Promise<Duplex>;

interface Asked {
  stream: Duplex;
  proof?: ProofResult;
}

/** `stream` is as it was before the question. */
export type Proven = { ok: true; stream: Duplex } | { ok: false; problem: GatewayProblem };

/** Milliseconds for a handshake. */
const TLS_MS = 10_000;

/** As one answers who speaks TLS and hears none, or the other way round. */
const isMisunderstood = (proof: ProofResult): boolean =>
  proof.result === 'silent' ? proof.hungUp : proof.result === 'unproven' && proof.reason === NOT_HTTP;

/** Decides whether the gateway at the other end of a stream is the one that somebody has vouched for. */
export class GatewayCheck {
  /** Asks a person; a no when absent. */
  consent: ((question: GatewayQuestion) => Promise<boolean>) | undefined;
  /** The gateway that has proved itself. */
  gatewayId: string | undefined;
  private isTrustedUnproven = false;
  /** It speaks TLS. */
  private isEncrypted = false;
  private readonly parts: Parts;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /**
   * Opens a stream to it, asks it, and gives the stream as clients may use it: decrypted where the gateway speaks TLS.
   * Throws STORE_UNUSABLE, and what `open` throws.
   */
  async prove(open: OpenStream): Promise<Proven> {
    const asked = this.isTrustedUnproven ? await this.unasked(open) : await this.ask(open);
    const { stream, proof } = asked;
    const problem = proof && (await this.judge(proof));
    if (!problem) return { ok: true, stream };
    stream.destroy();
    return { ok: false, problem };
  }

  private judge(proof: ProofResult): Promise<GatewayProblem | undefined> {
    return proof.result === 'proven' ? this.compare(proof.gatewayId) : this.unproven(proof);
  }

  /** In the tongue it spoke last, and in the other one when it does not understand that any more. */
  private async ask(open: OpenStream): Promise<Asked & { proof: ProofResult }> {
    const first = await this.askIn(open, this.isEncrypted);
    if (!isMisunderstood(first.proof)) return first;
    const second = await this.askIn(open, !this.isEncrypted);
    const isBetter = !isMisunderstood(second.proof);
    if (isBetter) this.isEncrypted = !this.isEncrypted;
    (isBetter ? first : second).stream.destroy();
    return isBetter ? second : first;
  }

  private async askIn(open: OpenStream, isEncrypted: boolean): Promise<Asked & { proof: ProofResult }> {
    const { port, clock, answerMs } = this.parts;
    const { stream, tlsFingerprint } = await this.connected(open, isEncrypted);
    if (isEncrypted && tlsFingerprint === undefined)
      return { stream, proof: { result: 'silent', hungUp: true } };
    return { stream, proof: await askProof(stream, { port, tlsFingerprint }, clock, answerMs) };
  }

  private async unasked(open: OpenStream): Promise<Asked> {
    return { stream: (await this.connected(open, this.isEncrypted)).stream };
  }

  private async connected(
    open: OpenStream,
    isEncrypted: boolean,
  ): Promise<{ stream: Duplex; tlsFingerprint: string | undefined }> {
    const { clock, answerMs = TLS_MS } = this.parts;
    const stream = await open();
    const encrypted = isEncrypted ? await encrypt(stream, { clock, timeoutMs: answerMs }) : undefined;
    return encrypted ?? { stream, tlsFingerprint: undefined };
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

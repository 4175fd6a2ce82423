import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { deviceIdOf, rawPublicKey, verifySignature } from '../devices/keys.ts';
import type { Clock } from '../lib/clock.ts';
import { asObject } from '../lib/json.ts';
import { PROOF_PATH, proofPayload } from '../protocol/gateway-proof.ts';
import { type Answered, askOver } from './http-answer.ts';

/** What a listener could prove. */
export type ProofResult =
  | { result: 'proven'; gatewayId: string }
  /** It does not know the question, as gateways of other makers do not. */
  | { result: 'unproven'; reason: string }
  /** It knows the question, and its answer is wrong. */
  | { result: 'invalid'; reason: string }
  /** `hungUp`: not because it was slow. */
  | { result: 'silent'; hungUp: boolean };

/** What the proof has to be about. */
export interface ProvenPlace {
  port: number | undefined;
  /** Of the certificate that was shown; undefined without TLS. */
  tlsFingerprint: string | undefined;
}

/** Why whatever answered in no known words proves nothing. */
export const NOT_HTTP = 'not HTTP';

const ANSWER_MS = 10_000;

/**
 * Asks whoever listens at the other end of a stream to prove which gateway it is. `port` is where it has to listen
 * by its own word: one that listens elsewhere was asked by somebody in between; so was one that serves another
 * certificate than the stream came with. The stream stays usable.
 */
export async function askProof(
  stream: Duplex,
  place: ProvenPlace,
  clock: Clock,
  timeoutMs = ANSWER_MS,
): Promise<ProofResult> {
  const { port } = place;
  const nonce = randomBytes(32).toString('base64url');
  const question = { path: `${PROOF_PATH}?nonce=${nonce}`, host: `127.0.0.1:${port ?? 80}` };
  const answer = await askOver(stream, question, { clock, timeoutMs });
  return judgeProof(answer, nonce, place);
}

export function judgeProof(answer: Answered, nonce: string, place: ProvenPlace): ProofResult {
  if (answer === 'none' || answer === 'gone') return { result: 'silent', hungUp: answer === 'gone' };
  if (answer === 'foreign') return { result: 'unproven', reason: NOT_HTTP };
  if (answer.status === 429 || answer.status === 503) return { result: 'silent', hungUp: false };
  if (answer.status !== 200) return { result: 'unproven', reason: `HTTP ${answer.status}` };
  const proof = proofIn(answer.body);
  if (typeof proof.gatewayId !== 'string') return { result: 'unproven', reason: 'HTTP 200' };
  const fault = faultOf(proof, nonce, place);
  return fault === undefined
    ? { result: 'proven', gatewayId: proof.gatewayId }
    : { result: 'invalid', reason: fault };
}

function proofIn(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body));
  } catch {
    return {};
  }
}

function faultOf(
  proof: Record<string, unknown>,
  nonce: string,
  { port, tlsFingerprint }: ProvenPlace,
): string | undefined {
  const { gatewayId, publicKey, signature } = proof;
  const key = typeof publicKey === 'string' ? rawPublicKey(publicKey) : undefined;
  if (key === undefined || deviceIdOf(key) !== gatewayId) return 'key';
  if (proof.tlsFingerprint !== tlsFingerprint) return 'certificate';
  const payload = proofPayload(nonce, gatewayId, Number(proof.port), tlsFingerprint);
  if (typeof signature !== 'string' || !verifySignature(key, payload, signature)) return 'signature';
  return port === undefined || proof.port === port ? undefined : `port ${proof.port}`;
}

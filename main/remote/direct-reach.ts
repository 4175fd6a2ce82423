import { type Endpoint, parseEndpoint } from '../../core/client/endpoint.ts';
import { certificateAt } from '../../core/client/peer-certificate.ts';
import { BACKOFF } from '../../core/client/reconnect.ts';
import { commandName } from '../../core/config/command-name.ts';
import type { Finding } from '../../core/verdict/evidence.ts';
import type { FindingCode } from '../../core/verdict/findings.ts';
import { type DirectDestination, destinationKey } from '../destination.ts';
import { introduction, networkOf, ownDevice } from '../gateway-route.ts';
import type { FoundGateway, Reach, SessionRoute, Way } from '../reach.ts';
import { GatewaySecret } from './gateway-secret.ts';
import { configuredAuth } from './remote-config.ts';
import { lookFrom, notThere, retryDelay } from './remote-look.ts';
import type { RemoteParts } from './ssh-reach.ts';

/** What may pass although nobody does anything. */
const TRANSIENT: readonly FindingCode[] = [
  'NAME_NOT_FOUND',
  'TCP_REFUSED',
  'TCP_TIMEOUT',
  'TCP_UNREACHABLE',
  'HTTP_NOT_READY',
  'HTTP_SILENT',
  'HTTP_NOT_A_GATEWAY',
  'CHALLENGE_MISSING',
  'CONNECT_NOT_READY',
  'AUTH_SILENT',
  'RPC_SILENT',
];

/** Milliseconds to look at a certificate. */
const CERTIFICATE_MS = 5_000;

/** A gateway at an address of its own, over ws:// or wss://. */
export class DirectReach implements Reach {
  destination: DirectDestination;
  readonly #parts: RemoteParts;
  readonly #secret: GatewaySecret;
  #way: Way = { kind: 'disconnected' };
  #end = new AbortController();
  #wasOpen = false;
  #failures = 0;
  #isAsking = false;
  /** What a person has already said no to. */
  #declined: FindingCode | undefined;
  #cancelRetry = (): void => {};

  constructor(destination: DirectDestination, parts: RemoteParts) {
    const { prompts, vault, surroundings } = parts;
    this.destination = destination;
    this.#parts = parts;
    const configured = () => configuredAuth(this.destination, surroundings);
    const [key, label] = [destinationKey(destination), destination.url];
    this.#secret = new GatewaySecret({ key, label, prompts, vault, configured });
  }

  get way(): Way {
    return this.#way;
  }

  connect(): void {
    this.#secret.again();
    this.#declined = undefined;
    this.#end.abort();
    this.#end = new AbortController();
    this.#way = { kind: 'connecting' };
    this.#parts.onChange();
  }

  disconnect(): void {
    void this.close();
    this.#wasOpen = false;
    this.#failures = 0;
    this.#way = { kind: 'disconnected' };
    this.#parts.onChange();
  }

  wake(): void {
    this.#parts.onChange();
  }

  async close(): Promise<void> {
    this.#end.abort();
    this.#cancelRetry();
  }

  async askSecret(): Promise<void> {
    if (await this.#secret.ask(false, this.#identity, this.#end.signal)) this.#parts.onChange();
  }

  async look(): Promise<FoundGateway> {
    const { clock, env, paths } = this.#parts.surroundings;
    const command = commandName(paths, env);
    const { url } = this.destination;
    const { signal } = this.#end;
    if (this.#way.kind === 'disconnected') return notThere(command, url);
    const route = await this.#route();
    const found = await lookFrom({ network: networkOf(route, clock), command, url }, clock);
    if (!signal.aborted) this.#judge(found, signal);
    return { ...found, route };
  }

  /** A certificate that was compared stands for the gateway; an address alone for nobody but itself. */
  get #identity(): string | undefined {
    return this.destination.tlsFingerprint;
  }

  async #route(): Promise<SessionRoute> {
    const { surroundings } = this.#parts;
    const { url, tlsFingerprint } = this.destination;
    const isLoopback = parseEndpoint(url).reach === 'loopback';
    return {
      ...introduction(surroundings, isLoopback ? {} : await ownDevice(surroundings.paths)),
      url,
      tlsFingerprint,
      waitForPairing: true,
      renewAuth: () => this.#secret.auth(this.#identity, true),
    };
  }

  #judge({ look: { ok, finding } }: FoundGateway, signal: AbortSignal): void {
    this.#cancelRetry();
    if (ok) {
      this.#wasOpen = true;
      this.#failures = 0;
      this.#way = { kind: 'open' };
      return;
    }
    const isTransient = finding !== undefined && TRANSIENT.includes(finding.code);
    this.#way = { kind: 'failed' };
    if (finding?.code === 'PAIRING_REQUIRED') this.#waitForApproval();
    else if (isTransient) this.#retry();
    else void this.#askAbout(finding, signal);
  }

  #retry(): void {
    const { surroundings, onChange } = this.#parts;
    this.#failures += 1;
    if (this.#wasOpen) this.#way = { kind: 'reconnecting', attempt: this.#failures };
    this.#cancelRetry = surroundings.clock.after(retryDelay(this.#failures), onChange);
  }

  /** Nobody tells when a device is approved, so it asks again, soon at first. */
  #waitForApproval(): void {
    const { surroundings, onChange } = this.#parts;
    this.#failures += 1;
    const delay = Math.min(retryDelay(this.#failures), BACKOFF.pairingMs);
    this.#cancelRetry = surroundings.clock.after(delay, onChange);
  }

  async #askAbout(finding: Finding | undefined, signal: AbortSignal): Promise<void> {
    const { onChange } = this.#parts;
    if (finding === undefined || this.#isAsking) return;
    this.#isAsking = true;
    try {
      if (await this.#isMended(finding, signal)) onChange();
    } finally {
      this.#isAsking = false;
    }
  }

  async #isMended(finding: Finding, signal: AbortSignal): Promise<boolean> {
    if (finding.code !== 'TLS_UNTRUSTED' && finding.code !== 'TLS_PIN_MISMATCH')
      return this.#secret.askWhenWanted(finding.code, this.#identity, signal);
    if (this.#declined === finding.code) return false;
    const isTaken =
      finding.code === 'TLS_UNTRUSTED' ? await this.#isTrusted(signal) : await this.#isGivenUp(signal);
    this.#declined = isTaken ? undefined : finding.code;
    return isTaken;
  }

  /** A certificate that nobody vouches for is trusted when a person has compared it. */
  async #isTrusted(signal: AbortSignal): Promise<boolean> {
    const offered = await this.#certificate(signal);
    if (!offered) return false;
    const { fingerprint, subject, validToMs } = offered;
    const validTo = new Date(validToMs).toISOString().slice(0, 10);
    const place = this.destination.url;
    const commands = ['openclaw gateway status'];
    const question = { kind: 'certificate', place, fingerprint, subject, validTo, commands } as const;
    const answer = await this.#parts.prompts.ask(question, signal);
    if (answer.do !== 'accept') return false;
    await this.#become({ ...this.destination, tlsFingerprint: fingerprint });
    return true;
  }

  /** Another certificate than the one that was compared: it has to be given up before another one is a question. */
  async #isGivenUp(signal: AbortSignal): Promise<boolean> {
    const offered = await this.#certificate(signal);
    const { url, tlsFingerprint: pinned = '' } = this.destination;
    const answer = await this.#parts.prompts.ask(
      {
        kind: 'changed',
        what: 'certificate',
        place: url,
        old: [{ value: pinned }],
        now: { value: offered?.fingerprint ?? '?' },
        commands: ['openclaw gateway status'],
        removal: [],
        confirmWord: parseEndpoint(url).host,
      },
      signal,
    );
    if (answer.do !== 'remove') return false;
    await this.#become({ kind: 'direct', url });
    return true;
  }

  #certificate(signal: AbortSignal) {
    const endpoint: Endpoint = parseEndpoint(this.destination.url);
    return certificateAt(endpoint, AbortSignal.any([signal, AbortSignal.timeout(CERTIFICATE_MS)]));
  }

  async #become(destination: DirectDestination): Promise<void> {
    this.destination = destination;
    await this.#parts.book.replace(destination);
  }
}

import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { GatewayClient, type GatewayClientOptions } from '@openclaw/gateway-client';
import type { EventFrame, HelloOk } from '@openclaw/gateway-protocol';

type Options = Omit<GatewayClientOptions, 'onHelloOk' | 'onConnectError' | 'onEvent' | 'onClose'>;
type Credentials = { deviceIdentity: NonNullable<Options['deviceIdentity']>; hostDeps: Options['hostDeps'] };

/** The official client with what it reports kept in lists, and with promises for what is yet to come. */
export class ReferenceClient {
  readonly client: GatewayClient;
  readonly hellos: HelloOk[] = [];
  readonly errors: Error[] = [];
  readonly events: EventFrame[] = [];
  readonly closes: { code: number; reason: string }[] = [];
  readonly gaps: unknown[] = [];
  private readonly waiters = new Set<() => void>();

  constructor(options: Options) {
    const keep = <T>(list: T[], item: T): void => {
      list.push(item);
      for (const look of [...this.waiters]) look();
    };
    this.client = new GatewayClient({
      minProtocol: 4,
      maxProtocol: 4,
      clientVersion: '0.1.0',
      ...options,
      onHelloOk: (hello) => keep(this.hellos, hello),
      onConnectError: (error) => keep(this.errors, error),
      onEvent: (event) => keep(this.events, event),
      onClose: (code, reason) => keep(this.closes, { code, reason }),
      onGap: (gap) => keep(this.gaps, gap),
    });
    this.client.start();
  }

  /** The `count`-th hello, or the first connect error when that comes before. */
  hello(count = 1): Promise<HelloOk> {
    return this.until(() => {
      const hello = this.hellos[count - 1];
      if (!hello && this.errors[0] && count === 1) throw this.errors[0];
      return hello;
    });
  }

  refusal(): Promise<Error & { details?: { code?: string } }> {
    return this.until(() => this.errors[0]);
  }

  /** The first event of that name, and of that payload when it has to be a certain one. */
  event(name: string, isIt: (payload: Record<string, unknown>) => boolean = () => true): Promise<EventFrame> {
    const matches = ({ event, payload }: EventFrame): boolean =>
      event === name && isIt((payload ?? {}) as Record<string, unknown>);
    return this.until(() => this.events.find(matches));
  }

  closed(): Promise<{ code: number; reason: string }> {
    return this.until(() => this.closes[0]);
  }

  request<T = Record<string, unknown>>(method: string, params?: unknown): Promise<T> {
    return this.client.request<T>(method, params);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.client.stopAndWait();
  }

  private until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        try {
          const found = find();
          if (found === undefined) return;
          resolve(found);
        } catch (error) {
          reject(error);
        }
        this.waiters.delete(look);
      };
      this.waiters.add(look);
      look();
    });
  }
}

/** A device key, and the callbacks through which the client signs with it and keeps the tokens it is given. */
export function deviceCredentials(
  tokens = new Map<string, string>(),
): Credentials & { tokens: typeof tokens } {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = (key: KeyObject, type: 'spki' | 'pkcs8'): string =>
    key.export({ type: type as 'spki', format: 'pem' }).toString();
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    tokens,
    deviceIdentity: {
      deviceId: createHash('sha256').update(raw).digest('hex'),
      publicKeyPem: pem(publicKey, 'spki'),
      privateKeyPem: pem(privateKey, 'pkcs8'),
    },
    hostDeps: {
      signDevicePayload: (key, payload) => sign(null, Buffer.from(payload), key).toString('base64url'),
      publicKeyRawBase64UrlFromPem: () => raw.toString('base64url'),
      loadDeviceAuthToken: ({ role }) => (tokens.has(role) ? { token: tokens.get(role) as string } : null),
      storeDeviceAuthToken: ({ role, token }) => void tokens.set(role, token),
      clearDeviceAuthToken: ({ role }) => void tokens.delete(role),
    },
  };
}

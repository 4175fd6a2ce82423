import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type ClientOptions, WebSocket } from 'ws';
import type { DeviceIdentity } from '../protocol/device-auth.ts';
import { type SignatureVersion, signaturePayload } from '../protocol/device-auth.ts';

type Frame = Record<string, unknown> & { type: string };
type Json = Record<string, unknown>;

/** A device key made for one test. */
export function testDevice(): DeviceIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = rawOf(publicKey);
  return {
    deviceId: createHash('sha256').update(raw).digest('hex'),
    publicKey: raw.toString('base64url'),
    sign: (payload) => sign(null, Buffer.from(payload), privateKey).toString('base64url'),
  };
}

function rawOf(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

export interface ConnectRequest {
  protocol?: number | [number, number];
  client?: Json;
  role?: string;
  scopes?: string[] | undefined;
  auth?: Json;
  device?: DeviceIdentity;
  signatureVersion?: SignatureVersion;
  /** Replaces parts of the signed device block, to break it. */
  deviceChange?: Json;
  /** Epoch milliseconds; the challenge's unless given. */
  signedAt?: number;
  extra?: Json;
}

/** A raw WebSocket client that says exactly what a test wants said, and keeps all it hears. */
export class TestPeer {
  readonly socket: WebSocket;
  readonly frames: Frame[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  private readonly waiters = new Set<() => void>();
  private ids = 0;

  private constructor(url: string, options: ClientOptions) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => {
      this.frames.push(JSON.parse(data.toString()) as Frame);
      for (const wake of [...this.waiters]) wake();
    });
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
        for (const wake of [...this.waiters]) wake();
      });
    });
  }

  /** Resolves when the challenge is here; rejects when the upgrade is refused. */
  static async open(url: string, options: ClientOptions = {}): Promise<TestPeer> {
    const peer = new TestPeer(url, options);
    await new Promise((resolve, reject) => {
      peer.socket.once('open', resolve);
      peer.socket.once('unexpected-response', (_request, response) =>
        reject(new Error(`HTTP ${response.statusCode}`)),
      );
      peer.socket.once('error', reject);
    });
    await peer.waitFor((frame) => frame.event === 'connect.challenge');
    return peer;
  }

  static async connect(url: string, request: ConnectRequest = {}, options: ClientOptions = {}) {
    const peer = await TestPeer.open(url, options);
    const response = await peer.hello(request);
    return { peer, response };
  }

  get challenge(): { nonce: string; ts: number } {
    return this.frames.find((frame) => frame.event === 'connect.challenge')?.payload as {
      nonce: string;
      ts: number;
    };
  }

  /** Sends the connect request and resolves with its response frame. */
  async hello(request: ConnectRequest = {}): Promise<Frame> {
    return this.requestRaw('connect', this.connectParams(request), 'connect-1');
  }

  connectParams(request: ConnectRequest): Json {
    const protocol = request.protocol ?? 4;
    const [minProtocol, maxProtocol] = Array.isArray(protocol) ? protocol : [protocol, protocol];
    const client = { id: 'cli', version: '0.1.0', platform: 'linux', mode: 'cli', ...request.client };
    const params: Json = {
      minProtocol,
      maxProtocol,
      client,
      role: request.role ?? 'operator',
      ...('scopes' in request ? (request.scopes ? { scopes: request.scopes } : {}) : { scopes: ALL_SCOPES }),
      caps: [],
      ...(request.auth ? { auth: request.auth } : {}),
      ...request.extra,
    };
    if (request.device) params.device = this.deviceBlock(request.device, params, request);
    return params;
  }

  private deviceBlock(device: DeviceIdentity, params: Json, request: ConnectRequest): Json {
    const client = params.client as Record<string, string>;
    const auth = (params.auth ?? {}) as Record<string, string>;
    const signedAt = request.signedAt ?? this.challenge.ts;
    const payload = signaturePayload(request.signatureVersion ?? 'v3', {
      deviceId: device.deviceId,
      clientId: client.id ?? '',
      clientMode: client.mode ?? '',
      role: String(params.role),
      scopes: (params.scopes ?? []) as string[],
      signedAt,
      token: auth.token ?? auth.deviceToken ?? auth.bootstrapToken,
      nonce: this.challenge.nonce,
      platform: client.platform,
      deviceFamily: client.deviceFamily,
    });
    return {
      id: device.deviceId,
      publicKey: device.publicKey,
      signature: device.sign(payload),
      signedAt,
      nonce: this.challenge.nonce,
      ...request.deviceChange,
    };
  }

  /** Resolves with the whole response frame. */
  requestRaw(method: string, params?: unknown, id = `r${++this.ids}`): Promise<Frame> {
    this.socket.send(
      JSON.stringify({ type: 'req', id, method, ...(params === undefined ? {} : { params }) }),
    );
    return this.waitFor((frame) => frame.type === 'res' && frame.id === id);
  }

  /** Resolves with the payload; rejects with the error object of the response. */
  async request(method: string, params?: unknown): Promise<Json> {
    const frame = await this.requestRaw(method, params);
    if (frame.ok !== true) throw frame.error;
    return frame.payload as Json;
  }

  events(name: string): Frame[] {
    return this.frames.filter((frame) => frame.type === 'event' && frame.event === name);
  }

  /** The first frame, already here or yet to come, that matches. */
  waitFor(matches: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const found = this.frames.find(matches);
        if (!found && this.socket.readyState !== WebSocket.CLOSED) return;
        this.waiters.delete(look);
        if (found) resolve(found);
        else reject(new Error('the socket closed before such a frame came'));
      };
      this.waiters.add(look);
      look();
    });
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}

export const ALL_SCOPES = [
  'operator.read',
  'operator.write',
  'operator.admin',
  'operator.approvals',
  'operator.pairing',
];

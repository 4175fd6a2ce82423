import { once } from 'node:events';
import type { ClientOptions } from 'ws';
import { deviceIdOf, rawPublicKey, verifySignature } from '../../core/devices/keys.ts';
import {
  type DeviceIdentity,
  type SignatureVersion,
  type SignedFields,
  signaturePayload,
} from '../../core/protocol/device-auth.ts';
import type { TestGateway } from '../../core/testing/test-gateway.ts';
import { ALL_SCOPES, TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { type Difference, differences, errorDifferences, Names } from './equivalence.ts';
import type { Era, Frame, Json, Line, Recording } from './recording.ts';
import { isSameStep, runIdOf, runKind } from './run-frames.ts';

export interface Setup {
  gateway: TestGateway;
  /** What the recorder set on the upgrade request of a connection. */
  headers?: Record<string, Record<string, string>>;
  /** Whether the conversation goes on in spite of an answer that is a refusal on one side only. */
  isIntended?(difference: Difference): boolean;
  /** What a recorder's remark made happen. */
  onNote?(note: string): Promise<void>;
  /** Called when the hello is over that a recording of one connection leaves out. */
  onGreeted?(): Promise<void>;
  /** Called when a shutdown was recorded that no remark announces. */
  onShutdownDue?(): Promise<void>;
}

/** Milliseconds that a frame which was recorded may take to come. */
const PATIENCE_MS = 3_000;

/** Less is enough for what has no reason to wait. */
const STEP_PATIENCE_MS = 1_500;

/** Frames that come when something else happened in the meantime, so that their absence means nothing. */
const INCIDENTAL = new Set(['health', 'tick', 'presence']);

/** Plays the recorded client against our gateway and says where our side of the conversation differs. */
export class Replay {
  readonly found: Difference[] = [];
  private readonly names = new Names();
  private readonly devices = new Map<string, DeviceIdentity>();
  private readonly connections = new Map<string, PlayedConnection>();
  private readonly recording: Recording;
  private readonly setup: Setup;

  constructor(recording: Recording, setup: Setup) {
    this.recording = recording;
    this.setup = setup;
  }

  async run(lines: Line[] = this.recording.lines): Promise<Difference[]> {
    for (const line of lines) {
      if (line.dir === undefined) {
        await this.setup.onNote?.(JSON.stringify(line.note));
      } else if (line.dir === 'out') await this.send(await this.connection(line.conn), line.frame);
      else await this.receive(line.conn, line.frame);
    }
    for (const connection of this.connections.values()) {
      this.found.push(...connection.sequenceProblems(this.recording.era), ...connection.extraSteps());
      await connection.peer?.close();
    }
    return this.found;
  }

  compare(recorded: unknown, ours: unknown, where: string): Difference[] {
    return differences(recorded, ours, this.names, where);
  }

  private async connection(conn: string | undefined): Promise<PlayedConnection> {
    const name = conn ?? '';
    const known = this.connections.get(name);
    if (known) return known;
    const connection = new PlayedConnection(name);
    this.connections.set(name, connection);
    const { gateway, headers } = this.setup;
    const { origin, ...others } = headers?.[name] ?? {};
    const options: ClientOptions = { headers: others, ...(origin === undefined ? {} : { origin }) };
    await connection.open(gateway.url, options);
    if (conn === undefined) await this.greet(connection);
    return connection;
  }

  /** Recordings of one connection begin after its hello. */
  private async greet({ peer }: PlayedConnection): Promise<void> {
    const scopes = this.recording.name.startsWith('19-') ? ['operator.read'] : ALL_SCOPES;
    const protocol = this.recording.era === 'v4' ? 4 : 3;
    const client = { id: 'cli', mode: 'cli' };
    const response = await peer?.hello({
      protocol,
      scopes,
      client,
      auth: { token: 't' },
      device: testDevice(),
      extra: { caps: ['tool-events'] },
    });
    if (response?.ok !== true) throw new Error(`no hello: ${JSON.stringify(response?.error)}`);
    await this.setup.onGreeted?.();
  }

  private async send(connection: PlayedConnection, frame: Frame): Promise<void> {
    const { peer } = connection;
    if (!peer || connection.diverged) return;
    const translated = this.names.translate(frame);
    if (frame.raw !== undefined) {
      peer.socket.send(frame.raw.startsWith('<70000') ? `"${'x'.repeat(70_000)}"` : frame.raw);
      return;
    }
    if (frame.params?.device) {
      const params = translated.params as Json;
      params.device = this.signAnew(connection, frame.params, params);
    }
    connection.asked.set(JSON.stringify(frame.id), frame.method ?? '');
    peer.socket.send(JSON.stringify(translated));
  }

  /** Breaks the new signature in the very way the recorded one was broken. */
  private signAnew(connection: PlayedConnection, params: Json, ours: Json): Json {
    const recorded = params.device as Record<string, string> & { signedAt: number };
    const challenge = connection.recordedChallenge;
    const ourChallenge = connection.peer?.challenge as { nonce: string; ts: number };
    const raw = rawPublicKey(recorded.publicKey ?? '');
    const device = this.deviceFor(recorded.publicKey ?? '');
    const isItsId = raw !== undefined && deviceIdOf(raw) === recorded.id;
    if (isItsId) this.names.learn(recorded.id, device.deviceId);
    if (raw) this.names.learn(recorded.publicKey, device.publicKey);
    const nonce = recorded.nonce === challenge.nonce ? ourChallenge.nonce : recorded.nonce;
    const signedAt = ourChallenge.ts + (recorded.signedAt - challenge.ts);
    const version = (['v3', 'v2'] as const).find((candidate) => raw && isSignedAs(candidate, raw, params));
    const fields = { ...signedFields(ours), deviceId: device.deviceId, signedAt, nonce: nonce ?? '' };
    return {
      id: isItsId ? device.deviceId : recorded.id,
      publicKey: raw ? device.publicKey : recorded.publicKey,
      signature: version ? device.sign(signaturePayload(version, fields)) : recorded.signature,
      signedAt,
      ...(nonce === undefined ? {} : { nonce }),
    };
  }

  private deviceFor(publicKey: string): DeviceIdentity {
    const device = this.devices.get(publicKey) ?? testDevice();
    this.devices.set(publicKey, device);
    return device;
  }

  private async receive(conn: string | undefined, frame: Frame): Promise<void> {
    const connection = await this.connection(conn);
    const isFirst = frame.event === 'connect.challenge' || frame.httpStatus !== undefined;
    if (connection.diverged || (!connection.peer && !isFirst)) return;
    if (frame.httpStatus !== undefined) this.compareStatus(connection, frame.httpStatus);
    else if (frame.close) await this.compareClose(connection, frame.close);
    else if (frame.type === 'res') await this.compareResponse(connection, frame);
    else if (frame.type === 'event') await this.compareEvent(connection, frame);
  }

  private compareStatus({ name, refusal }: PlayedConnection, recorded: number): void {
    if (refusal === `HTTP ${recorded}`) return;
    this.found.push({ where: `${name} upgrade`, what: 'value', recorded, ours: refusal });
  }

  private async compareClose(connection: PlayedConnection, recorded: { code: number; reason: string }) {
    const { name, peer } = connection;
    const clientWentAway = recorded.code === 1005 || recorded.code === 1006;
    if (clientWentAway) {
      await peer?.close();
      return;
    }
    const ours = await within(peer?.closed ?? Promise.resolve(undefined));
    const expected = { ...recorded, reason: this.names.translate(recorded.reason) };
    if (ours?.code === expected.code && ours.reason === expected.reason) return;
    this.found.push({
      where: [name, 'close'].filter((part) => part !== '').join(' '),
      what: 'value',
      recorded: expected,
      ours,
    });
  }

  private async compareResponse(connection: PlayedConnection, recorded: Frame): Promise<void> {
    const { name } = connection;
    const method = connection.asked.get(JSON.stringify(recorded.id)) ?? '';
    const ours = await connection.next((frame) => frame.type === 'res' && frame.id === recorded.id);
    const subject = [name, method].filter((part) => part !== '').join(' ');
    if (ours) this.found.push(...connection.orderProblems(recorded, ours, subject));
    if (!ours) this.found.push({ where: `${subject} response`, what: 'missing', recorded });
    else if (recorded.ok !== ours.ok) {
      const difference: Difference = {
        where: `${subject} ok`,
        what: 'value',
        recorded: recorded.error ?? recorded.ok,
        ours: ours.error ?? ours.ok,
      };
      connection.diverged = method === 'connect' || !this.setup.isIntended?.(difference);
      this.found.push(difference);
    } else if (recorded.error) {
      this.found.push(
        ...errorDifferences(recorded.error, ours.error as Json, this.names, `${subject} error`),
      );
    } else {
      this.found.push(...differences(recorded.payload, ours.payload, this.names, `${subject} payload`));
    }
  }

  private async compareEvent(connection: PlayedConnection, recorded: Frame): Promise<void> {
    const { name: conn, peer, refusal } = connection;
    if (recorded.event === 'connect.challenge') {
      if (!peer)
        this.found.push({ where: `${conn} upgrade`, what: 'value', recorded: 'opened', ours: refusal });
      if (!peer) return;
      connection.recordedChallenge = recorded.payload as { nonce: string; ts: number };
      const { payload } = recorded;
      this.found.push(...differences(payload, peer?.challenge, this.names, 'connect.challenge payload'));
      return;
    }
    const name = recorded.event as string;
    if (name === 'shutdown') await this.setup.onShutdownDue?.();
    const kind = runKind(recorded);
    if (kind !== undefined) return this.compareStep(connection, recorded, `${conn} ${kind}`.trim());
    const incidental = INCIDENTAL.has(name);
    const subject = [conn, name].filter((part) => part !== '').join(' ');
    const isNext = (frame: Frame): boolean => frame.event === name;
    const ours = await connection.next(isNext, incidental && name !== 'tick' ? 0 : PATIENCE_MS);
    if (!ours) {
      connection.diverged = !incidental;
      if (!incidental)
        this.found.push({ where: `${subject} event`, what: 'missing', recorded: recorded.payload });
      return;
    }
    this.found.push(...differences(shown(recorded), shown(ours), this.names, `${subject} event`));
  }

  /** A step of a run: told in the same place of the run, under the same number. */
  private async compareStep(connection: PlayedConnection, recorded: Frame, subject: string): Promise<void> {
    const ours = await connection.next((frame) => isSameStep(recorded, frame), STEP_PATIENCE_MS);
    if (!ours) {
      this.found.push({ where: `${subject} event`, what: 'missing', recorded: recorded.payload });
      return;
    }
    const [theirs, own] = [recorded.payload, ours.payload] as { seq: number }[];
    if (theirs?.seq !== own?.seq)
      this.found.push({ where: `${subject} number`, what: 'value', recorded: theirs?.seq, ours: own?.seq });
    this.found.push(
      ...connection.orderProblems(recorded, ours, subject),
      ...differences(shown(recorded), shown(ours), this.names, `${subject} event`),
    );
  }
}

const shown = ({ payload, stateVersion, seq }: Frame): Json => ({
  payload,
  ...(stateVersion === undefined ? {} : { stateVersion }),
  ...(seq === undefined ? {} : { seq }),
});

/** One recorded connection and ours in its place. */
class PlayedConnection {
  readonly name: string;
  peer: TestPeer | undefined;
  refusal: string | undefined;
  recordedChallenge = { nonce: '', ts: 0 };
  /** Method by the JSON of a request's id. */
  readonly asked = new Map<string, string>();
  /** The two conversations are about different things from here on. */
  diverged = false;
  private readonly consumed = new Set<unknown>();
  /** By run: how far we are in what came. */
  private readonly positions = new Map<string, number>();

  constructor(name: string) {
    this.name = name;
  }

  async open(url: string, options: ClientOptions): Promise<void> {
    try {
      this.peer = await TestPeer.open(url, options);
    } catch (error) {
      this.refusal = (error as Error).message;
    }
  }

  /** The first frame that `isWanted` and that nothing was compared with yet. */
  async next(isWanted: (frame: Frame) => boolean, patienceMs = PATIENCE_MS): Promise<Frame | undefined> {
    const isNext = (frame: Frame): boolean => isWanted(frame) && !this.consumed.has(frame);
    const found =
      patienceMs === 0
        ? this.peer?.frames.find(isNext)
        : ((await within(this.peer?.waitFor(isNext), patienceMs)) as Frame | undefined);
    if (found) this.consumed.add(found);
    return found;
  }

  /** What was recorded of a run one after the other has to come in that order. */
  orderProblems(recorded: Frame, ours: Frame, where: string): Difference[] {
    const run = runIdOf(recorded);
    if (run === undefined) return [];
    const at = ((this.peer?.frames ?? []) as Frame[]).indexOf(ours);
    const before = this.positions.get(run) ?? -1;
    this.positions.set(run, Math.max(at, before));
    return at > before ? [] : [{ where: `${where} order`, what: 'value', recorded: before, ours: at }];
  }

  /** Steps of runs that were told by us only. */
  extraSteps(): Difference[] {
    const frames = (this.peer?.frames ?? []) as Frame[];
    return frames.flatMap((frame) => {
      const kind = runKind(frame);
      const isPlayed = this.positions.has(runIdOf(frame) ?? '');
      if (kind === undefined || !isPlayed || this.consumed.has(frame)) return [];
      return [{ where: `${kind} event`, what: 'extra' as const, ours: frame.payload }];
    });
  }

  /** v4 counts what this socket is sent, from 1; v3 counts everything that is broadcast, so it may skip. */
  sequenceProblems(era: Era): Difference[] {
    const numbers = (this.peer?.frames ?? []).flatMap(({ seq }) => (typeof seq === 'number' ? [seq] : []));
    const good =
      era === 'v4'
        ? numbers.every((seq, index) => seq === index + 1)
        : numbers.every((seq, index) => seq > (numbers[index - 1] ?? 0));
    return good ? [] : [{ where: `${this.name} seq`, what: 'value', ours: numbers }];
  }
}

function signedFields(params: Json): Omit<SignedFields, 'deviceId' | 'signedAt' | 'nonce'> {
  const client = params.client as Record<string, string>;
  const auth = (params.auth ?? {}) as Record<string, string>;
  return {
    clientId: client.id ?? '',
    clientMode: client.mode ?? '',
    role: String(params.role ?? 'operator'),
    scopes: (params.scopes ?? []) as string[],
    token: auth.token ?? auth.deviceToken ?? auth.bootstrapToken,
    platform: client.platform,
    deviceFamily: client.deviceFamily,
  };
}

function isSignedAs(version: SignatureVersion, raw: Buffer, params: Json): boolean {
  const { id, signature, signedAt, nonce } = params.device as Record<string, string> & { signedAt: number };
  const fields = { ...signedFields(params), deviceId: id ?? '', signedAt, nonce: nonce ?? '' };
  return verifySignature(raw, signaturePayload(version, fields), signature ?? '');
}

/** Undefined when it does not come in time, or never can. */
async function within<T>(promise: Promise<T> | undefined, ms = PATIENCE_MS): Promise<T | undefined> {
  const abort = new AbortController();
  const late = once(abort.signal, 'abort').then(() => undefined);
  const timer = setTimeout(() => abort.abort(), ms);
  try {
    return await Promise.race([promise, late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

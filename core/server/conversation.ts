import { randomUUID } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { type ConnectParams, connectParams, type HelloOk } from '../protocol/connect.ts';
import { RpcError } from '../protocol/errors.ts';
import { CLOSE, LIMITS, type RequestFrame } from '../protocol/frames.ts';
import { describeIssues } from '../protocol/issues.ts';
import { parseWith } from '../protocol/parse.ts';
import { requestFrame } from '../protocol/request-frame.ts';
import { type AnswerLog, answer } from './answer.ts';
import type { Connection, Peer, PendingHandshake } from './connection.ts';
import { type DispatchDeps, dispatch, UnauthorizedRole } from './dispatch.ts';
import type { Admission, Caller } from './handshake.ts';
import { acceptsClient, negotiate, v4 } from './negotiate.ts';
import type { Origin } from './origin.ts';
import type { WsLog } from './ws-log.ts';

export interface ConversationDeps extends DispatchDeps {
  clock: Clock;
  log: Logger;
  wsLog: WsLog;
  handshakeMs: number;
  admit(params: ConnectParams, caller: Caller): Promise<Admission>;
  hello(connection: Connection, admission: Admission): HelloOk;
  /** Called once, when the hello has been sent. */
  joined(connection: Connection): void;
  requestStarted(): void;
  requestEnded(): void;
}

const MAX_UNAUTHORIZED_IN_A_ROW = 10;

/**
 * Leads one socket from challenge to hello and answers its requests. Nothing it is sent can throw. `admitted` is
 * called once, when the client is known or gone.
 */
export function converse(
  deps: ConversationDeps,
  socket: WebSocket,
  connection: Connection,
  origin: Origin,
  admitted: () => void,
): void {
  const nonce = randomUUID();
  const cancelTimeout = deps.clock.after(deps.handshakeMs, () => connection.close(CLOSE.normal));
  const finish = (): void => {
    cancelTimeout();
    admitted();
  };
  connection.handshake = { nonce, origin, waiting: [], begun: false, finish };
  listen(deps, socket, connection);
  connection.send({ type: 'event', event: 'connect.challenge', payload: { nonce, ts: deps.clock.now() } });
}

/** Apart from `converse`, so that what a socket's listeners keep alive is no more than these three. */
function listen(deps: ConversationDeps, socket: WebSocket, connection: Connection): void {
  socket.on('error', (error) =>
    deps.log.debug('socket error', { conn: connection.id, error: error.message }),
  );
  socket.on('message', (data) => {
    try {
      receive(deps, connection, textOf(data));
    } catch (error) {
      fail(deps, connection, error);
    }
  });
}

function receive(deps: ConversationDeps, connection: Connection, text: string): void {
  const { peer, handshake } = connection;
  if (!connection.listening) return;
  if (peer) handleRequest(deps, connection, peer, text);
  else if (handshake?.begun) queue(connection, handshake.waiting, text);
  else if (handshake) {
    handshake.begun = true;
    begin(deps, connection, handshake, text).catch((error) => fail(deps, connection, error));
  }
}

/** An error of ours while serving one connection ends that connection and nothing else. */
function fail({ log }: ConversationDeps, connection: Connection, error: unknown): void {
  const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log.error('connection failed', { conn: connection.id, error: said });
  connection.close(CLOSE.internalError, 'internal error');
}

async function begin(
  deps: ConversationDeps,
  connection: Connection,
  pending: PendingHandshake,
  text: string,
): Promise<void> {
  const peer = await handshake(deps, connection, pending, text);
  // A socket that was refused counts as unknown until it has closed, which is for its client to delay.
  if (!peer || !connection.open) return;
  connection.endHandshake();
  connection.allowLargeFrames();
  deps.joined(connection);
  for (const frame of pending.waiting) handleRequest(deps, connection, peer, frame);
}

const answerLog = ({ log, wsLog }: ConversationDeps, { id }: Connection): AnswerLog => ({
  log,
  wsLog,
  connId: id,
});

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}

function queue(connection: Connection, waiting: string[], text: string): void {
  waiting.push(text);
  const bytes = waiting.reduce((sum, frame) => sum + Buffer.byteLength(frame), 0);
  if (waiting.length <= LIMITS.pendingHandshakeFrames && bytes <= LIMITS.preAuthFrameBytes) return;
  waiting.length = 0;
  connection.close(CLOSE.policy, 'too many pending handshake frames');
}

type Parsed = { frame: RequestFrame } | { issue: string; value: unknown } | 'not-json';

function parseFrame(text: string, era: 3 | 4): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not-json';
  }
  const parsed = parseWith(requestFrame, value);
  return parsed.ok ? { frame: parsed.value } : { issue: describeIssues(parsed.issues, value, era), value };
}

/** Answers the first frame; undefined when the socket was told to go away. */
async function handshake(
  deps: ConversationDeps,
  connection: Connection,
  pending: PendingHandshake,
  text: string,
): Promise<Peer | undefined> {
  const parsed = parseFrame(text, 4);
  if (parsed === 'not-json') return connection.close(CLOSE.normal) as undefined;
  if ('issue' in parsed) return connection.close(CLOSE.policy, 'invalid request frame') as undefined;
  const { frame } = parsed;
  let admission: Admission | undefined;
  const dialect = negotiate(frame.params).dialect ?? v4;
  const result = await answer(frame, dialect, answerLog(deps, connection), async () => {
    admission = await admitRequest(deps, connection, pending, frame);
    // From here on a revocation finds this socket; nothing may be awaited between the decision and this line.
    connection.peer = admission.peer;
    return admission.peer.dialect.hello(deps.hello(connection, admission));
  });
  connection.send(result.frame);
  if (admission && result.frame.ok) return admission.peer;
  const { code, reason } = closingOf(result.error, result.frame.error?.message ?? '', dialect.era);
  connection.close(code, reason);
  return undefined;
}

async function admitRequest(
  deps: ConversationDeps,
  connection: Connection,
  { origin, nonce }: PendingHandshake,
  frame: RequestFrame,
): Promise<Admission> {
  if (frame.method !== 'connect') {
    throw new RpcError('INVALID_REQUEST', 'invalid handshake: first request must be connect');
  }
  const parsed = parseWith(connectParams, frame.params);
  const { era, dialect, mismatch } = negotiate(frame.params);
  const refused = parsed.ok
    ? acceptsClient(era, parsed.value)
    : describeIssues(parsed.issues, frame.params, era);
  if (refused !== undefined) throw new RpcError('INVALID_REQUEST', `invalid connect params: ${refused}`);
  if (!dialect || !parsed.ok) throw mismatch;
  return deps.admit(parsed.value, { origin, nonce, dialect, signal: () => connection.signal });
}

/** Source: wire protocol, the close that follows each failed connect. */
function closingOf(error: unknown, message: string, era: 3 | 4): { code: number; reason: string } {
  const details = error instanceof RpcError ? error.details : undefined;
  if (details?.code === 'PROTOCOL_MISMATCH') return { code: CLOSE.protocolError, reason: message };
  const id =
    details?.code === 'PAIRING_REQUIRED' && era === 4 ? ` (requestId: ${String(details.requestId)})` : '';
  return { code: CLOSE.policy, reason: `${message}${id}` };
}

/** A frame that is not JSON is logged and otherwise ignored, as every OpenClaw gateway does. */
function handleRequest(deps: ConversationDeps, connection: Connection, peer: Peer, text: string): void {
  const parsed = parseFrame(text, peer.dialect.era);
  if (parsed === 'not-json') {
    deps.log.warn('frame is not JSON', { conn: connection.id, bytes: text.length });
  } else if ('issue' in parsed) {
    const message = `invalid request frame: ${parsed.issue}`;
    const id = idOf(parsed.value);
    connection.send({ type: 'res', id, ok: false, error: { code: 'INVALID_REQUEST', message } });
  } else {
    respond(deps, connection, peer, parsed.frame).catch((error) => fail(deps, connection, error));
  }
}

/** A bad id is given back as it came, whatever its type, so that the sender can find its mistake. */
function idOf(value: unknown): string {
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : undefined;
  return (typeof id === 'string' && id !== '') || typeof id === 'number' ? (id as string) : 'invalid';
}

async function respond(
  deps: ConversationDeps,
  connection: Connection,
  peer: Peer,
  frame: RequestFrame,
): Promise<void> {
  deps.requestStarted();
  deps.wsLog({ direction: 'in', kind: 'req', method: frame.method, connId: connection.id, id: frame.id });
  try {
    const context = connection.context(peer);
    const { frame: response, error } = await answer(frame, peer.dialect, answerLog(deps, connection), () =>
      dispatch(deps, peer, context, frame),
    );
    connection.send(response);
    if (context.later) await answerAgain(deps, connection, peer, frame, context.later);
    connection.unauthorizedInARow = error instanceof UnauthorizedRole ? connection.unauthorizedInARow + 1 : 0;
    if (connection.unauthorizedInARow > MAX_UNAUTHORIZED_IN_A_ROW) {
      connection.close(CLOSE.policy, 'repeated unauthorized calls');
    }
  } finally {
    deps.requestEnded();
  }
}

/** A run was accepted before; this is its result, under the id of its request. */
async function answerAgain(
  deps: ConversationDeps,
  connection: Connection,
  peer: Peer,
  request: RequestFrame,
  later: Promise<unknown>,
): Promise<void> {
  const { frame } = await answer(request, peer.dialect, answerLog(deps, connection), () => later);
  connection.send(frame);
}

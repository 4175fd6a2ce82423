import { rm } from 'node:fs/promises';
import { setImmediate as soon } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../../core/lib/clock.ts';
import { LIMITS } from '../../core/protocol/frames.ts';
import { type Behaviour, startModelServer } from '../../core/testing/model-server.ts';
import {
  startTestGateway,
  type TestGateway,
  type TestGatewayOptions,
} from '../../core/testing/test-gateway.ts';
import { DIVERGENCES, type Divergence, divergenceOf } from './divergences.ts';
import type { Difference } from './equivalence.ts';
import { type Era, httpRecordings, type Json, type Line, type Recording, recordings } from './recording.ts';
import { Replay } from './replay.ts';

/**
 * Real time, but for what nobody wants to wait for: it leaps over the delay that wrong secrets cost, and that of a
 * delta. Time that was slept has passed for `now` as well, or guesses that come one after the other would seem to
 * come at once.
 */
function hastyClock(): Clock {
  let leaptMs = 0;
  return {
    ...systemClock,
    now: () => systemClock.now() + leaptMs,
    after: (ms, task) => systemClock.after(ms <= 150 ? 0 : ms, task),
    sleep: async (ms, signal) => {
      await systemClock.sleep(Math.min(ms, 10), signal);
      leaptMs += Math.max(0, ms - 10);
    },
  };
}

const quickTicks = (): Clock => ({
  ...hastyClock(),
  every: (ms, task) => systemClock.every(ms === LIMITS.tickIntervalMs ? 100 : ms, task),
});

/** Long enough to be met by the connections that follow, short enough to be waited for. */
const LOCKOUT_MS = 400;

const TOKEN = { mode: 'token', token: 't' };

/** Settings that the recorder changed for single recordings. */
const CHANGES: Record<string, { gateway?: Json; options?: TestGatewayOptions }> = {
  '31': {
    gateway: {
      auth: {
        ...TOKEN,
        rateLimit: { maxAttempts: 3, windowMs: 60_000, lockoutMs: LOCKOUT_MS, exemptLoopback: false },
      },
    },
    options: { handshakeMs: 1_000 },
  },
  '41': { options: { clock: quickTicks() } },
  '32 none': { gateway: { auth: { mode: 'none' } } },
  '32 password': { gateway: { auth: { mode: 'password', password: 'pw' } } },
  '32 trusted-proxy': {
    gateway: {
      trustedProxies: ['127.0.0.1'],
      auth: {
        mode: 'trusted-proxy',
        trustedProxy: {
          userHeader: 'x-forwarded-user',
          requiredHeaders: ['x-forwarded-proto'],
          allowLoopback: true,
        },
      },
    },
  },
};

/** A model and no heartbeat, as the recorder set it up before the recordings with higher numbers. */
const withModel = (baseUrl: string, reasoning = false): Json => ({
  models: {
    mode: 'merge',
    providers: {
      stub: {
        baseUrl,
        apiKey: 'x',
        api: 'openai-completions',
        models: [{ id: 'echo-1', name: 'Echo One', reasoning }],
      },
    },
  },
  agents: { defaults: { model: { primary: 'stub/echo-1' }, heartbeat: { every: '0m' } } },
});

/** Nobody listens there, and nobody asks. */
const WITH_MODEL = withModel('http://127.0.0.1:19300/v1');

const HELLO: Behaviour = {
  type: 'answer',
  text: ['Hello', ' from', ' the', ' stub', ' model.'],
  everyMs: 40,
};

/** What the model of the recorder did, by recording. */
const MODEL: Record<string, Behaviour[]> = {
  '12': [HELLO],
  '13': [HELLO],
  '14': [{ type: 'hold', text: ['w0', ' w1', ' w2'], everyMs: 40 }],
  '15': [],
  '16': [{ type: 'status', status: 400, message: 'stub says boom' }],
  '17': [{ type: 'tool-call', name: 'session_status', args: ['{}'] }, HELLO],
  '18': [],
  '20': [],
};

const FROM_MODEL = { role: 'assistant', provider: 'stub', model: 'echo-1' } as const;

/** Recordings that go on with the sessions of those before. */
const WITH_SESSIONS = new Set(['13', '14', '15', '16', '18']);

async function bringSessions({ sessions }: TestGateway): Promise<void> {
  for (const key of ['agent:main:main', 'agent:main:tooltest']) {
    await sessions.ensure(key);
    const timestamp = systemClock.now();
    for (const text of ['hi there', 'once more', 'and again']) {
      await sessions.append(key, [
        { idempotencyKey: `${text}:user`, message: { role: 'user', content: text, timestamp } },
        { message: { ...FROM_MODEL, content: [{ type: 'text', text: 'Hello.' }], timestamp } },
      ]);
    }
  }
}

/** The configuration under which `lines` were recorded: as `config.get` showed it, or what is known of it. */
function optionsFor(lines: Line[], key: string, era: Era, modelUrl: string): TestGatewayOptions {
  const { gateway, options } = CHANGES[key] ?? {};
  const shown = lines.flatMap((line) => (line.dir === 'in' ? [line.frame.payload as Json | null] : []));
  const parsed = shown.find((payload) => payload?.parsed && payload.exists)?.parsed as Json | undefined;
  const isLate = /"every":"(disabled|0m)"/.test(JSON.stringify(shown));
  const base: Json = parsed ? withSecrets(parsed) : isLate ? WITH_MODEL : {};
  const model = MODEL[key] ? withModel(modelUrl, era === 'v3' && key === '18') : {};
  const shownGateway = (base.gateway ?? {}) as Json;
  return {
    config: { ...base, ...model, gateway: { mode: 'local', auth: TOKEN, ...shownGateway, ...gateway } },
    clock: hastyClock(),
    devEcho: false,
    ...options,
  };
}

function withSecrets(parsed: Json): Json {
  const text = JSON.stringify(parsed)
    .replaceAll('"token":"__OPENCLAW_REDACTED__"', '"token":"t"')
    .replaceAll('"password":"__OPENCLAW_REDACTED__"', '"password":"pw"')
    .replaceAll('__OPENCLAW_REDACTED__', 'x');
  return JSON.parse(text) as Json;
}

const PROXIED = { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-user': 'ann', 'x-forwarded-proto': 'https' };

/** Headers of the upgrade request; the recorder did not keep them, the names of its cases tell. */
const HEADERS: Record<string, Record<string, string>> = {
  'origin-not-allowed': { origin: 'https://evil.example' },
  'host-header-nonlocal': { host: 'gateway.example:18789' },
  'x-forwarded-for-untrusted': { 'x-forwarded-for': '203.0.113.7' },
  'trusted-proxy/cli-with-headers': PROXIED,
  'trusted-proxy/control-ui': { ...PROXIED, origin: 'https://gateway.example' },
  'trusted-proxy/missing-user-header': { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-proto': 'https' },
  'trusted-proxy/missing-required-header': { 'x-forwarded-for': '203.0.113.7', 'x-forwarded-user': 'ann' },
};

const met = new Set<Divergence>([]);

function unexplained(found: Difference[], era: Era): string[] {
  return found.flatMap((difference) => {
    const divergence = divergenceOf(difference, era);
    if (divergence) met.add(divergence);
    const { where, what, recorded, ours } = difference;
    const show = (value: unknown): string => JSON.stringify(value)?.slice(0, 160) ?? '-';
    return divergence ? [] : [`${where} ${what}: recorded ${show(recorded)}, ours ${show(ours)}`];
  });
}

async function play(recording: Recording, lines: Line[], key: string): Promise<string[]> {
  await using model = await startModelServer(...(MODEL[key] ?? []));
  await using gateway = await startTestGateway(optionsFor(lines, key, recording.era, `${model.origin}/v1`));
  if (WITH_SESSIONS.has(key)) await bringSessions(gateway);
  const replay = new Replay(recording, {
    gateway,
    headers: {
      'origin-loopback-control-ui': { origin: gateway.httpUrl },
      'none/control-ui-nodevice': { origin: gateway.httpUrl },
      ...HEADERS,
    },
    isIntended: (difference) => divergenceOf(difference, recording.era) !== undefined,
    onNote: (note) => obeyNote(gateway, note),
    onGreeted: () => (key === '06' ? rm(gateway.paths.configPath) : Promise.resolve()),
    onShutdownDue: () => carryOutRestart(gateway),
  });
  return unexplained(await replay.run(lines), recording.era);
}

async function obeyNote({ gateway }: TestGateway, note: string): Promise<void> {
  if (note.includes('SIGTERM')) await gateway.close('stop', 0);
  else if (note.includes('SIGUSR')) await gateway.close('restart', 0);
  else if (note.includes('"http"')) await systemClock.sleep(2 * LOCKOUT_MS);
}

/** A gateway in a test does not restart by itself: it keeps what it was asked, and this does it. */
async function carryOutRestart({ gateway, restarts }: TestGateway): Promise<void> {
  await soon();
  if (restarts.length > 0) await gateway.close('restart', 0);
}

describe.each(recordings())('$era $name', (recording) => {
  const number = recording.name.slice(0, 2);
  const prefixOf = (line: Line): string => (number === '32' ? (line.conn?.split('/')[0] ?? '') : '');
  const parts = [...new Set(recording.lines.map(prefixOf))];
  it.each(parts)('is answered as it was recorded %s', async (part) => {
    const lines = recording.lines.filter((line) => prefixOf(line) === part);
    expect(await play(recording, lines, `${number} ${part}`.trim())).toEqual([]);
  });
});

describe.each(['v4', 'v3'] as const)('%s 30-http', (era) => {
  it.each(httpRecordings(era))('$name is answered as it was recorded', async ({ request, response }) => {
    await using gateway = await startTestGateway();
    const ours = await fetch(`${gateway.httpUrl}${request.path}`, { method: request.method });
    const body = await ours.text();
    expect(ours.status).toBe(response.status);
    for (const [name, value] of Object.entries(response.headers))
      expect(ours.headers.get(name), name).toBe(value);
    if (!response.body.startsWith('{')) expect(body).toBe(response.body);
    else {
      const found = new Replay({ era, name: '', lines: [] }, { gateway }).compare(
        JSON.parse(response.body),
        JSON.parse(body),
        `http ${request.path}`,
      );
      expect(unexplained(found, era)).toEqual([]);
    }
  });
});

describe('the table of divergences', () => {
  it('holds nothing that no recording meets', () => {
    expect(DIVERGENCES.filter((entry) => !met.has(entry)).map(({ match }) => match)).toEqual([]);
  });
});

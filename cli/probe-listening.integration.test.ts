import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Clock, systemClock } from '../core/lib/clock.ts';
import { freePort } from '../core/testing/free-port.ts';
import { main } from './main.ts';
import { memoryCli } from './testing/memory-cli.ts';
import { startRecorder } from './testing/probing.ts';

/** A head start is shorter than a second; whoever listens does so for longer. */
const isHeadStart = (ms: number): boolean => ms < 1000;
const untilAborted = (signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });

/** The head start is over before anything has answered. */
const HASTY: Clock = {
  ...systemClock,
  sleep: async (ms, signal) => (isHeadStart(ms) ? undefined : systemClock.sleep(ms, signal)),
};
/** It lasts until somebody ends it. */
const PATIENT: Clock = {
  ...systemClock,
  sleep: (ms, signal) => (isHeadStart(ms) ? untilAborted(signal) : systemClock.sleep(ms, signal)),
};

async function probe(clock: Clock, args: readonly string[]): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'openclaw-listening-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const cli = memoryCli(['gateway', 'probe', '--lang', 'en', ...args], { env: { HOME: home } });
  const env = { ...cli.env, OPENCLAW_GATEWAY_PORT: String(await freePort()) };
  await main({ ...cli, env, clock });
  return cli.written('stdout');
}

const discoveryIn = (text: string) => (JSON.parse(text) as { discovery: Record<string, unknown> }).discovery;

test('nobody listens to the network where a gateway answered during the head start, and that is said', async () => {
  const gateway = await startRecorder();
  const asked = ['--url', gateway.url, '--token', 't'];
  expect(discoveryIn(await probe(PATIENT, [...asked, '--json']))).toMatchObject({
    domains: [],
    count: 0,
    listenedMs: 0,
  });
  const told = await probe(PATIENT, asked);
  expect(told).toContain('Not listened');
  expect(told).not.toContain('Found');
});

test('somebody listens from the end of the head start on, although a gateway answers later', async () => {
  const gateway = await startRecorder();
  const asked = ['--url', gateway.url, '--token', 't'];
  expect(discoveryIn(await probe(HASTY, [...asked, '--json']))).toMatchObject({ domains: ['local.'] });
});

test('somebody listens where no gateway was reached, without waiting for the end of the head start', async () => {
  const asked = ['--url', `ws://127.0.0.1:${await freePort()}`, '--token', 't'];
  expect(discoveryIn(await probe(PATIENT, [...asked, '--json']))).toMatchObject({ domains: ['local.'] });
  expect(await probe(PATIENT, asked)).not.toContain('Not listened');
});

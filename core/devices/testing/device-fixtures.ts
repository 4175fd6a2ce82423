import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../lib/clock.ts';
import { type Logger, silentLogger } from '../../lib/log.ts';
import { deviceIdOf, rawOfKey } from '../keys.ts';
import type { PairingRequest } from '../paired-device.ts';

/** A clock that moves only when told; `advance` runs the timers that come due. */
export function steppedClock(start = 1_795_000_000_000): Clock & { advance(ms: number): void } {
  let now = start;
  let timers: { due: number; task: () => void }[] = [];
  return {
    now: () => now,
    sleep: () => Promise.reject(new Error('nothing in this room sleeps')),
    every: () => () => {},
    after(ms, task) {
      const timer = { due: now + ms, task };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    advance(ms) {
      now += ms;
      const due = timers.filter((timer) => timer.due <= now);
      timers = timers.filter((timer) => timer.due > now);
      for (const timer of due) timer.task();
    },
  };
}

/** Keeps the messages of errors and warnings. */
export function listeningLogger(): Logger & { lines: string[] } {
  const lines: string[] = [];
  const note = (message: string): void => void lines.push(message);
  return { ...silentLogger, error: note, warn: note, lines };
}

export async function temporaryDir(): Promise<AsyncDisposable & { path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'devices-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export function newKey(): { deviceId: string; publicKey: string; raw: Buffer } {
  const raw = rawOfKey(generateKeyPairSync('ed25519').publicKey) as Buffer;
  return { deviceId: deviceIdOf(raw), publicKey: raw.toString('base64url'), raw };
}

export function request(fields: Partial<PairingRequest> = {}): PairingRequest {
  const { deviceId, publicKey } = newKey();
  const client = { clientId: 'cli', clientMode: 'cli', platform: 'linux' };
  return { deviceId, publicKey, ...client, role: 'operator', scopes: ['operator.read'], ...fields };
}

export const ADMIN = { scopes: ['operator.admin'] };

/** Ends grants as the command line on the gateway's own machine does. */
export const OWNER = { scopes: ['operator.pairing'], deviceId: undefined };

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { firstMissing, SCOPES } from '../protocol/scopes.ts';
import type { PairingRequest } from './paired-device.ts';
import { type DeviceRegistry, openDeviceRegistry } from './registry.ts';
import { newKey, OWNER, steppedClock, temporaryDir } from './testing/device-fixtures.ts';

const KEYS = [newKey(), newKey()];
const ROLES = ['operator', 'node'];

const scopes = fc.subarray([...SCOPES, 'custom.scope'], { maxLength: 4 });
const device = fc.nat({ max: KEYS.length - 1 });
const role = fc.constantFrom(...ROLES);
const step = fc.record({
  kind: fc.constantFrom('silent', 'ask', 'approve', 'reject', 'rotate', 'revoke', 'remove', 'reopen', 'wait'),
  device,
  role,
  scopes,
  caller: scopes,
  platform: fc.constantFrom('linux', 'darwin'),
  pick: fc.nat({ max: 5 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const swallow = (): undefined => undefined;

/** Runs random steps and keeps, beside the registry, what an owner or a silent approval ever granted. */
class Model {
  registry: DeviceRegistry;
  readonly clock = steppedClock();
  readonly #dir: string;
  /** Scopes granted since the role was last revoked or removed. */
  readonly recorded = new Map<string, string[]>();
  /** Tokens that must never be accepted again. */
  readonly dead: { deviceId: string; role: string; token: string }[] = [];

  constructor(registry: DeviceRegistry, dir: string) {
    this.registry = registry;
    this.#dir = dir;
  }

  async run(each: Step): Promise<void> {
    const key = KEYS[each.device] as (typeof KEYS)[number];
    const wanted: PairingRequest = {
      deviceId: key.deviceId,
      publicKey: key.publicKey,
      clientId: 'cli',
      clientMode: 'cli',
      platform: each.platform,
      role: each.role,
      scopes: each.scopes,
    };
    await this.#act(each, wanted);
  }

  async #act(each: Step, wanted: PairingRequest): Promise<void> {
    const { deviceId, role: asked } = wanted;
    const before = this.registry.token(deviceId, asked)?.token;
    const waiting = this.registry.list().pending;
    const chosen = waiting[each.pick % Math.max(1, waiting.length)];
    switch (each.kind) {
      case 'silent':
        if (await this.registry.approveSilently(wanted).catch(swallow)) this.#grant(wanted);
        return;
      case 'ask':
        await this.registry.ask(wanted);
        return;
      case 'approve': {
        if (chosen === undefined) return;
        const old = this.registry.token(chosen.deviceId, chosen.role)?.token;
        const done = await this.registry.approve(chosen.requestId, { scopes: each.caller }).catch(swallow);
        if (done === undefined) return;
        this.#grant(chosen);
        this.#bury(chosen.deviceId, chosen.role, old);
        const carried = this.registry.token(chosen.deviceId, chosen.role)?.scopes ?? [];
        expect(firstMissing(each.caller, carried)).toBeUndefined();
        return;
      }
      case 'reject':
        if (chosen !== undefined) await this.registry.reject(chosen.requestId);
        return;
      case 'rotate': {
        const narrower = each.pick % 2 === 0 ? undefined : each.scopes;
        const rotated = await this.registry
          .rotateToken(deviceId, asked, narrower, { scopes: each.caller })
          .catch(swallow);
        if (rotated === undefined) return;
        expect(firstMissing(each.caller, rotated.scopes)).toBeUndefined();
        this.#bury(deviceId, asked, before);
        return;
      }
      case 'revoke':
        await this.registry.revokeToken(deviceId, asked, OWNER);
        this.#bury(deviceId, asked, before);
        this.recorded.delete(`${deviceId} ${asked}`);
        return;
      case 'remove':
        for (const each of ROLES) {
          this.#bury(deviceId, each, this.registry.token(deviceId, each)?.token);
          this.recorded.delete(`${deviceId} ${each}`);
        }
        await this.registry.remove(deviceId, OWNER);
        return;
      case 'reopen':
        await this.registry.close();
        this.registry = await open(this.#dir, this.clock);
        return;
      case 'wait':
        this.clock.advance(2 * 60_000);
    }
  }

  check(): void {
    for (const { deviceId, publicKey } of KEYS) {
      for (const each of ROLES) {
        const recorded = this.recorded.get(`${deviceId} ${each}`);
        const current = this.registry.token(deviceId, each);
        expect(current === undefined).toBe(recorded === undefined);
        if (current === undefined || recorded === undefined) continue;
        expect(firstMissing(recorded, current.scopes)).toBeUndefined();
        const checked = this.registry.checkToken(deviceId, each, current.token);
        expect(checked).toEqual({ ok: true, scopes: current.scopes });
        const platform = this.registry.list().paired.find((found) => found.deviceId === deviceId)?.platform;
        const bare = { deviceId, publicKey, clientId: 'cli', clientMode: 'cli', role: each, platform };
        for (const scope of [...SCOPES, 'custom.scope']) {
          const allowed = this.registry.assess({ ...bare, scopes: [scope] }).status === 'paired';
          expect(allowed).toBe(firstMissing(recorded, [scope]) === undefined);
        }
      }
    }
    for (const { deviceId, role: each, token } of this.dead) {
      expect(this.registry.checkToken(deviceId, each, token)).toEqual({ ok: false });
    }
  }

  #grant({ deviceId, role: granted, scopes: added }: PairingRequest): void {
    const key = `${deviceId} ${granted}`;
    this.recorded.set(key, [...(this.recorded.get(key) ?? []), ...added]);
  }

  #bury(deviceId: string, granted: string, token: string | undefined): void {
    if (token !== undefined) this.dead.push({ deviceId, role: granted, token });
  }
}

const open = (dir: string, clock = steppedClock()): Promise<DeviceRegistry> =>
  openDeviceRegistry({ dir, clock, log: silentLogger });

describe('grants', () => {
  it('never exceed what was recorded, whatever the order of asks, approvals, rotations and restarts', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await using dir = await temporaryDir();
        const model = new Model(await open(dir.path), dir.path);
        for (const each of steps) {
          await model.run(each);
          model.check();
        }
        await model.registry.close();
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('are asked for under one id per device, role, set of scopes and platform', async () => {
    const ask = fc.record({ device, role, scopes, platform: fc.constantFrom('linux', 'darwin') });
    await using dir = await temporaryDir();
    const clock = steppedClock();
    const registry = await open(dir.path, clock);
    const meanings = new Map<string, string>();
    await fc.assert(
      fc.asyncProperty(ask, async (each) => {
        const key = KEYS[each.device] as (typeof KEYS)[number];
        const { deviceId, publicKey } = key;
        const fields = { role: each.role, platform: each.platform, clientId: 'cli', clientMode: 'cli' };
        const wanted = { deviceId, publicKey, ...fields, scopes: each.scopes };
        const { requestId } = (await registry.ask(wanted)).pending;
        const shuffled = {
          ...wanted,
          scopes: [...each.scopes].reverse(),
          platform: each.platform.toUpperCase(),
        };
        expect((await registry.ask(shuffled)).pending.requestId).toBe(requestId);
        const meaning = JSON.stringify([deviceId, each.role, each.platform, [...each.scopes].sort()]);
        expect(meanings.get(requestId) ?? meaning).toBe(meaning);
        meanings.set(requestId, meaning);
      }),
      { numRuns: 60 },
    );
    expect(new Set(meanings.values()).size).toBe(meanings.size);
    await registry.close();
  }, 60_000);
});

describe('a killed process', () => {
  const PROGRAM = `
    import { silentLogger } from '../lib/log.ts';
    import { systemClock } from '../lib/clock.ts';
    import { openDeviceRegistry } from './registry.ts';
    import { request } from './testing/device-fixtures.ts';
    const registry = await openDeviceRegistry({ dir: process.argv[2], clock: systemClock, log: silentLogger });
    for (;;) {
      const { device } = await registry.approveSilently(request());
      process.stdout.write(device.deviceId + '\\n');
    }`;

  /** The ids that the process reported as paired before it was killed, after at least `count` of them. */
  async function killedAfter(child: ChildProcess, count: number): Promise<string[]> {
    const acknowledged: string[] = [];
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      acknowledged.push(line);
      if (acknowledged.length === count) child.kill('SIGKILL');
    });
    await Promise.all([once(child, 'close'), once(lines, 'close')]);
    return acknowledged;
  }

  it('loses no pairing that it acknowledged and leaves no damaged file', async () => {
    await using dir = await temporaryDir();
    const [program, state] = [join(dir.path, 'pair.mjs'), join(dir.path, 'devices')];
    await build({
      stdin: { contents: PROGRAM, resolveDir: import.meta.dirname, loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
    });
    const all: string[] = [];
    for (let round = 1; round <= 5; round++) {
      const child = spawn(process.execPath, [program, state], { stdio: ['ignore', 'pipe', 'inherit'] });
      all.push(...(await killedAfter(child, round * 3)));
      const registry = await open(state);
      const paired = new Set(registry.list().paired.map((each) => each.deviceId));
      expect(all.filter((deviceId) => !paired.has(deviceId))).toEqual([]);
      await registry.close();
    }
    expect(all.length).toBeGreaterThanOrEqual(45);
  }, 60_000);
});

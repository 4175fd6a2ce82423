import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contract } from '../protocol/contract.ts';
import { holds, SCOPES } from '../protocol/scopes.ts';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.ts';
import { type TestPeer, testDevice } from '../testing/test-peer.ts';
import { asNode, join, operator, TOKEN } from './testing/server-fixtures.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const missing = (scope: string) => ({
  code: 'FORBIDDEN',
  message: `missing scope: ${scope}`,
  details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
});

/** Params that no method accepts, so that nothing is carried out: what is refused later was let through. */
const NO_METHODS_PARAMS = 7;

async function errorOf(peer: TestPeer, method: string, params?: unknown) {
  const { error } = await peer.requestRaw(method, params);
  return error as { code: string; message: string; details?: unknown } | undefined;
}

describe('every method', () => {
  const listed = Object.entries(contract).map(([method, { scope }]) => [method, scope] as const);
  for (const held of SCOPES) {
    it(`is open to ${held} when that covers its scope, and else refused by name in both eras`, async () => {
      const request = { auth: TOKEN, device: testDevice(), scopes: [held] };
      const v4 = await join(gateway.url, request);
      const v3 = await join(gateway.url, { ...request, device: testDevice(), protocol: 3 });
      for (const [method, scope] of listed) {
        const allowed = scope === 'any' || holds([held], scope);
        const inV4 = await errorOf(v4.peer, method, NO_METHODS_PARAMS);
        const said = inV4?.message ?? '';
        if (allowed) expect(said, method).not.toMatch(/missing scope|unauthorized/);
        else expect(inV4, method).toEqual(missing(scope));
        const v3Scope = method === 'config.schema' ? 'operator.admin' : scope;
        const inV3 = await errorOf(v3.peer, method, NO_METHODS_PARAMS);
        if (v3Scope === 'any' || holds([held], v3Scope))
          expect(inV3?.message ?? '').not.toContain('missing scope');
        else expect(inV3, method).toEqual({ code: 'INVALID_REQUEST', message: `missing scope: ${v3Scope}` });
      }
      await Promise.all([v4.peer.close(), v3.peer.close()]);
    });
  }

  it('but health is refused to a node', async () => {
    const { peer } = await join(gateway.url, asNode(testDevice()));
    for (const [method, scope] of listed) {
      if (scope === 'any') expect(await errorOf(peer, method)).toBeUndefined();
      else {
        expect(await errorOf(peer, method), method).toEqual({
          code: 'INVALID_REQUEST',
          message: 'unauthorized role: node',
        });
      }
      await peer.request('health');
    }
    await peer.close();
  });
});

describe('a method that does not exist', () => {
  const names = ['cron.list', 'nope', 'constructor', '__proto__', 'toString', 'config.', 'Health', 'health '];

  it('is told to admins only', async () => {
    for (const protocol of [4, 3]) {
      const request = { auth: TOKEN, device: testDevice(), protocol };
      const { peer } = await join(gateway.url, request);
      for (const name of names) {
        expect(await errorOf(peer, name)).toEqual({
          code: 'INVALID_REQUEST',
          message: `unknown method: ${name}`,
        });
      }
      await peer.close();
    }
  });

  it('is a missing scope to other operators, in both eras, whatever its name', async () => {
    const scopes = ['operator.write', 'operator.pairing'];
    const v4 = await operator(gateway.url, scopes);
    const { peer: v3 } = await join(gateway.url, { auth: TOKEN, device: testDevice(), scopes, protocol: 3 });
    for (const name of names) {
      expect(await errorOf(v4, name)).toEqual(missing('operator.admin'));
      expect(await errorOf(v3, name)).toEqual({
        code: 'INVALID_REQUEST',
        message: 'missing scope: operator.admin',
      });
    }
    await Promise.all([v4.close(), v3.close()]);
  });
});

describe('a second connect', () => {
  it('is refused, to admins in words of its own', async () => {
    const admin = await operator(gateway.url);
    expect(await errorOf(admin, 'connect', {})).toEqual({
      code: 'INVALID_REQUEST',
      message: 'connect is only valid as the first request',
    });
    const reader = await operator(gateway.url, ['operator.read']);
    expect(await errorOf(reader, 'connect', {})).toEqual(missing('operator.admin'));
    await expect(reader.request('status')).resolves.toBeDefined();
    await Promise.all([admin.close(), reader.close()]);
  });
});

describe('calls with the wrong role', () => {
  it('close the socket at the eleventh in a row', async () => {
    const { peer } = await join(gateway.url, asNode(testDevice()));
    for (let call = 1; call <= 11; call += 1) {
      expect(await errorOf(peer, 'status')).toMatchObject({ message: 'unauthorized role: node' });
    }
    expect(await peer.closed).toEqual({ code: 1008, reason: 'repeated unauthorized calls' });
  });

  it('are forgiven when a good one comes between', async () => {
    const { peer } = await join(gateway.url, asNode(testDevice()));
    for (let round = 0; round < 3; round += 1) {
      for (let call = 1; call <= 10; call += 1) await errorOf(peer, 'status');
      await peer.request('health');
    }
    await peer.close();
  });

  it('of an operator that lacks a scope close nothing', async () => {
    const peer = await operator(gateway.url, ['operator.read']);
    for (let call = 1; call <= 15; call += 1) await errorOf(peer, 'set-heartbeats');
    await expect(peer.request('health')).resolves.toMatchObject({ ok: true });
    await peer.close();
  });
});

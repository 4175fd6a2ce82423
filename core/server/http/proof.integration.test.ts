import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { deviceIdOf, rawPublicKey, verifySignature } from '../../devices/keys.ts';
import { PROOF_PATH, proofPayload } from '../../protocol/gateway-proof.ts';
import { startTestGateway } from '../../testing/test-gateway.ts';
import { http, startFakeTimeGateway } from '../testing/server-fixtures.ts';

const newNonce = (): string => randomBytes(32).toString('base64url');

test('a gateway signs whatever nonce it is asked with, its id and its port, without a credential', async () => {
  await using gateway = await startTestGateway();
  const nonce = newNonce();
  const { status, body, headers } = await http(gateway.port, `${PROOF_PATH}?nonce=${nonce}`);
  const proof = JSON.parse(body);
  expect({ status, cache: headers['cache-control'] }).toEqual({ status: 200, cache: 'no-store' });
  expect(proof).toEqual({
    ok: true,
    gatewayId: expect.stringMatching(/^[0-9a-f]{64}$/),
    publicKey: expect.any(String),
    port: gateway.port,
    signature: expect.any(String),
  });
  const key = rawPublicKey(proof.publicKey) as Buffer;
  expect(deviceIdOf(key)).toBe(proof.gatewayId);
  expect(verifySignature(key, proofPayload(nonce, proof.gatewayId, gateway.port), proof.signature)).toBe(
    true,
  );
  expect(verifySignature(key, proofPayload(newNonce(), proof.gatewayId, gateway.port), proof.signature)).toBe(
    false,
  );
});

test.each([
  '',
  '?',
  '?nonce=',
  '?nonce=short',
  `?nonce=${'A'.repeat(44)}`,
  `?nonce=${'A'.repeat(42)}B`,
  `?nonce=v3|${'A'.repeat(40)}`,
])('it signs nothing but a nonce: %j', async (query) => {
  await using gateway = await startTestGateway();
  const { status, body } = await http(gateway.port, PROOF_PATH + query);
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ error: { type: 'bad_request' } });
});

test('one address is answered so often in a minute, and then again in the next', async () => {
  await using gateway = await startFakeTimeGateway();
  const ask = () => http(gateway.port, `${PROOF_PATH}?nonce=${newNonce()}`).then(({ status }) => status);
  for (let index = 0; index < 600; index += 1) expect(await ask()).toBe(200);
  expect(await ask()).toBe(429);
  gateway.clock.advance(60_000);
  expect(await ask()).toBe(200);
});

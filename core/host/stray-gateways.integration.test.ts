import { createServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { strayGateways } from './stray-gateways.ts';

test('another gateway of this machine is found, a silent program and the gateway asked for are not', async () => {
  await using one = await startTestGateway();
  await using other = await startTestGateway();
  const silent = createServer((socket) => void onTestFinished(() => void socket.destroy()));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void silent.close());
  const found = await strayGateways(one.port);
  const ports = found.map(({ port }) => port);
  expect(ports).toContain(other.port);
  expect(ports).not.toContain(one.port);
  expect(ports).not.toContain((silent.address() as { port: number }).port);
  expect(found.find(({ port }) => port === other.port)).toMatchObject({ pid: process.pid });
});

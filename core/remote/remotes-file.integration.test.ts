import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pinGateway, pinnedGateway, unpinGateway } from './remotes-file.ts';

test('a gateway that a person gives up is forgotten, and no other', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'openclaw-remotes-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'remotes.json');
  await pinGateway(file, { remote: 'box/1', gatewayId: 'one', pinnedAtMs: 1 });
  await pinGateway(file, { remote: 'box/2', gatewayId: 'two', pinnedAtMs: 2 });
  expect(await unpinGateway(file, 'box/1', 'other')).toBe(false);
  expect(await unpinGateway(file, 'box/1', 'one')).toBe(true);
  expect(await pinnedGateway(file, 'box/1')).toBeUndefined();
  expect(await pinnedGateway(file, 'box/2')).toBe('two');
});

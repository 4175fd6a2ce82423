import { describe, expect, it } from 'vitest';
import { startTestGateway } from '../testing/test-gateway.ts';
import { TestPeer, testDevice } from '../testing/test-peer.ts';
import { operator, TOKEN } from './testing/server-fixtures.ts';

type Json = Record<string, unknown>;

const ask = { id: 'one', command: 'echo hi', host: 'gateway', agentId: 'main', timeoutMs: 60_000 };

describe('approvals over the wire', () => {
  it('reach who may decide, in both eras, and nobody else', async () => {
    await using gateway = await startTestGateway();
    const asker = await operator(gateway.url, ['operator.approvals']);
    const reader = await operator(gateway.url, ['operator.read', 'operator.write']);
    const old = await TestPeer.connect(gateway.url, {
      protocol: 3,
      auth: TOKEN,
      device: testDevice(),
      client: { id: 'openclaw-macos', mode: 'ui', displayName: 'Ann' },
    });
    const answer = asker.requestRaw('exec.approval.request', { ...ask, twoPhase: true }, 'q');
    expect((await answer).payload).toMatchObject({ status: 'accepted', id: 'one' });
    const asked = await old.peer.waitFor((frame) => frame.event === 'exec.approval.requested');
    expect(asked.payload).not.toHaveProperty('approvalKind');
    expect(await old.peer.request('exec.approval.resolve', { id: 'one', decision: 'allow-once' })).toEqual({
      ok: true,
    });
    const final = await asker.waitFor(({ id, payload }) => id === 'q' && 'decision' in (payload as Json));
    expect(final.payload).toMatchObject({ id: 'one', decision: 'allow-once' });
    const resolved = await asker.waitFor((frame) => frame.event === 'exec.approval.resolved');
    expect(resolved.payload).toMatchObject({ decision: 'allow-once', resolvedBy: 'Ann' });
    await reader.request('status');
    expect(reader.frames.filter(({ event }) => String(event).startsWith('exec.'))).toEqual([]);
    await Promise.all([asker.close(), reader.close(), old.peer.close()]);
  });

  it('refuses an unknown id in the words of each era', async () => {
    await using gateway = await startTestGateway();
    const peer = await operator(gateway.url);
    const old = await TestPeer.connect(gateway.url, { protocol: 3, auth: TOKEN, device: testDevice() });
    const params = { id: 'none', decision: 'deny' };
    expect((await peer.requestRaw('exec.approval.resolve', params)).error).toMatchObject({
      code: 'INVALID_REQUEST',
      message: 'unknown or expired approval id',
      details: { reason: 'APPROVAL_NOT_FOUND' },
    });
    expect((await old.peer.requestRaw('exec.approval.resolve', params)).error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'unknown or expired approval id',
    });
    await Promise.all([peer.close(), old.peer.close()]);
  });

  it('leaves a question open whose asker is gone, for the next who connects', async () => {
    await using gateway = await startTestGateway();
    const asker = await operator(gateway.url);
    const watcher = await operator(gateway.url);
    void asker.requestRaw('exec.approval.request', ask).catch(() => {});
    await watcher.waitFor((frame) => frame.event === 'exec.approval.requested');
    await asker.close();
    const late = await operator(gateway.url);
    expect(await late.request('exec.approval.list')).toMatchObject([{ id: 'one' }]);
    await Promise.all([watcher.close(), late.close()]);
  });
});

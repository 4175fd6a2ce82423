import { describe, expect, it } from 'vitest';
import { HostRequests } from './host-requests.ts';

const byHand = { kind: 'restart', why: 'SIGUSR1', manual: true } as const;
const byRpc = { kind: 'restart', why: 'config.apply', manual: false } as const;
const stop = { kind: 'stop', signal: 'SIGTERM' } as const;

describe('requests to a running gateway', () => {
  it('keeps what comes before anybody waits for it', async () => {
    const requests = new HostRequests();
    requests.add(byRpc);
    expect(await requests.next()).toEqual(byRpc);
  });

  it('serves a stop before the restarts that came earlier', async () => {
    const requests = new HostRequests();
    for (const request of [byHand, byRpc, stop, stop]) requests.add(request);
    expect([await requests.next(), await requests.next(), await requests.next()]).toEqual([
      stop,
      byHand,
      byRpc,
    ]);
  });

  it('makes one restart of a storm, and does not let one that may be forbidden hide one that may not', async () => {
    const requests = new HostRequests();
    for (let count = 0; count < 100; count += 1) requests.add(byHand);
    requests.add(byRpc);
    expect(await requests.next()).toEqual(byHand);
    expect(await requests.next()).toEqual(byRpc);
    const waits = requests.next();
    requests.add(stop);
    expect(await waits).toEqual(stop);
  });
});

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isAlive, isSameStart, ownIdentity, startTimeOf, stillRuns } from './process-identity.ts';

describe('a process', () => {
  it('is known by pid and start time, and is gone when it has ended', async () => {
    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'], { stdio: 'pipe' });
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    const startTime = (await startTimeOf(pid)) ?? null;
    expect(startTime).not.toBeNull();
    expect(await stillRuns({ pid, startTime })).toBe(true);
    child.stdin.end();
    await once(child, 'exit');
    expect(await stillRuns({ pid, startTime })).toBe(false);
    expect(await startTimeOf(pid)).toBeUndefined();
  });

  it('is another one when the start time differs, and the same when it is unknown', async () => {
    const own = await ownIdentity();
    expect(isSameStart(own.startTime ?? '', (await startTimeOf(process.pid)) ?? '-')).toBe(true);
    expect(await stillRuns(own)).toBe(true);
    expect(await stillRuns({ pid: own.pid, startTime: '1' })).toBe(false);
    expect(await stillRuns({ pid: own.pid, startTime: null })).toBe(true);
  });

  it.runIf(process.platform === 'linux')('is gone when only its parent still has to collect it', async () => {
    const child = spawn('/bin/sh', ['-c', '/bin/sleep 0.2 & echo $!; exec /bin/cat'], { stdio: 'pipe' });
    const [line] = await once(child.stdout, 'data');
    const zombie = { pid: Number(String(line)), startTime: null };
    await expect.poll(() => stillRuns(zombie)).toBe(false);
    expect(isAlive(zombie.pid)).toBe(true);
    child.stdin.end();
    await once(child, 'exit');
  });

  it.each([0, -1, 1.5, Number.NaN])('never has the pid %d', (pid) => {
    expect(isAlive(pid)).toBe(false);
  });
});

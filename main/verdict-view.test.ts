import { describe, expect, it } from 'vitest';
import { broken, ok } from '../core/verdict/evidence.ts';
import { judge } from '../core/verdict/verdict.ts';
import { verdictView } from './verdict-view.ts';

const fix = { command: 'openclaw', isLocal: true, hasService: false, freePort: 18790 };

describe('the verdict in the window', () => {
  it('names the first broken layer, who can mend it, and the command that does', () => {
    const evidence = [
      ok('config', 'a file\nof two lines'),
      broken('process', 'GATEWAY_NOT_RUNNING', { port: 1 }),
    ];
    const judged = judge(evidence);
    const view = verdictView({ ...judged, isRunning: false, fix }, 'en');
    expect(view.trouble).toMatchObject({
      code: 'GATEWAY_NOT_RUNNING',
      layer: 'Process',
      problem: 'No gateway runs here: nobody listens on port 1.',
      mender: 'you, on this computer',
      command: expect.stringContaining('openclaw gateway'),
    });
    expect(view.layers).toEqual([
      { name: 'Configuration', state: 'ok', note: 'a file of two lines' },
      { name: 'Process', state: 'broken' },
    ]);
    expect(verdictView({ ...judged, isRunning: false, fix }, 'zh-CN').trouble?.layer).toBe('进程');
  });

  it('has times where they were taken, and no trouble where there is none', () => {
    const judged = judge([{ ...ok('tcp'), startMs: 0, ms: 1.5 }]);
    expect(verdictView({ ...judged, isRunning: true, fix }, 'en')).toEqual({
      warnings: [],
      layers: [{ name: 'TCP', state: 'ok', startMs: 0, ms: 1.5 }],
    });
    expect(verdictView(undefined, 'en')).toEqual({ warnings: [], layers: [] });
  });
});

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

  it('tells whoever can be asked again in the app no flags of the command line', () => {
    const elsewhere = { ...fix, isLocal: false };
    const told = (code: 'HOST_KEY_UNKNOWN' | 'CREDENTIALS_MISSING' | 'TCP_REFUSED', context = elsewhere) => {
      const judged = judge([broken('tunnel', code, { host: 'box', port: 22 })]);
      return verdictView({ ...judged, isRunning: false, fix: context }, 'en').trouble;
    };
    for (const code of ['HOST_KEY_UNKNOWN', 'CREDENTIALS_MISSING'] as const) {
      expect(told(code)).toMatchObject({ code, fix: 'Connect again, and answer what you are asked.' });
      expect(told(code)).not.toHaveProperty('command');
    }
    expect(told('CREDENTIALS_MISSING', fix)?.fix).not.toContain('Connect again');
    expect(told('TCP_REFUSED')?.fix).toContain('Check the port');
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

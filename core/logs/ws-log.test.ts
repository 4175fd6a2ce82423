import { describe, expect, it } from 'vitest';
import { type WsFrameSummary, wsLogLine } from './ws-log.ts';

const connId = '01559a60-1c2d-4e3f-9a0b-12345678800f';
const request: WsFrameSummary = { direction: 'in', kind: 'req', method: 'health', connId, id: '1421' };
const answer: WsFrameSummary = {
  direction: 'out',
  kind: 'res',
  method: 'health',
  ok: true,
  ms: 57.2,
  connId,
  id: '1421',
};
const tick: WsFrameSummary = { direction: 'out', kind: 'event', method: 'tick', connId };
const failure: WsFrameSummary = {
  ...answer,
  method: 'logs.tail',
  ok: false,
  ms: 1,
  errorCode: 'INVALID_REQUEST',
  errorMessage: 'invalid logs.tail params',
};

describe('--ws-log compact', () => {
  it('writes one line for a request and its response', () => {
    expect(wsLogLine('compact', request)).toBeUndefined();
    expect(wsLogLine('compact', answer)).toBe('⇄ res ✓ health 57ms conn=01559a60…800f id=1421');
  });

  it('writes events', () => {
    expect(wsLogLine('compact', tick)).toBe('→ event tick conn=01559a60…800f');
  });
});

describe('--ws-log auto', () => {
  it('writes errors', () => {
    expect(wsLogLine('auto', failure)).toBe(
      '⇄ res ✗ logs.tail 1ms errorCode=INVALID_REQUEST errorMessage=invalid logs.tail params conn=01559a60…800f id=1421',
    );
  });

  it('writes answers that took 50 ms or longer, and no faster ones', () => {
    expect(wsLogLine('auto', { ...answer, ms: 50 })).toContain('health 50ms');
    expect(wsLogLine('auto', { ...answer, ms: 49.9 })).toBeUndefined();
  });

  it('leaves requests and events out', () => {
    expect(wsLogLine('auto', request)).toBeUndefined();
    expect(wsLogLine('auto', tick)).toBeUndefined();
  });
});

describe('--ws-log full', () => {
  it('writes every frame with its direction', () => {
    expect(wsLogLine('full', request)).toBe('← req health conn=01559a60…800f id=1421');
    expect(wsLogLine('full', answer)).toBe('→ res ✓ health 57ms conn=01559a60…800f id=1421');
    expect(wsLogLine('full', tick)).toBe('→ event tick conn=01559a60…800f');
  });

  it('bounds what a client can put into a line', () => {
    const line = wsLogLine('full', { ...request, method: 'm'.repeat(9999), id: 'i'.repeat(9999) }) ?? '';
    expect(line.length).toBeLessThan(200);
  });
});

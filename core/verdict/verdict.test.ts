import { describe, expect, test } from 'vitest';
import { broken, type Evidence, ok, unknown } from './evidence.ts';
import { LAYERS } from './layers.ts';
import { judge } from './verdict.ts';

const answering: Evidence[] = ['tcp', 'http', 'websocket', 'challenge'].map((layer) =>
  ok(layer as Evidence['layer']),
);
const notRunning = broken('process', 'GATEWAY_NOT_RUNNING', { port: 1 });
const refused = broken('tcp', 'TCP_REFUSED', { host: 'h', port: 1 });

test('a gateway of which nothing is broken is well', () => {
  const evidence = [...LAYERS].map((layer) => ok(layer));
  expect(judge(evidence)).toEqual({ ok: true, warnings: [], evidence });
});

test('the first broken layer counts, in whatever order the evidence came', () => {
  expect(judge([refused, notRunning])).toMatchObject({ ok: false, layer: 'process' });
  expect(judge([notRunning, refused])).toMatchObject({ ok: false, layer: 'process' });
});

test('evidence is told in the order of the layers', () => {
  const layers = judge([refused, ok('version'), ok('config')]).evidence.map(({ layer }) => layer);
  expect(layers).toEqual(['config', 'tcp', 'version']);
});

test('what could not be looked at, or was not asked for, is no fault', () => {
  expect(judge([unknown('service', 'no bus'), { layer: 'tls', state: 'skipped' }]).ok).toBe(true);
});

describe('a gateway that answers', () => {
  test('is well although its service failed and its configuration is broken; both are warnings', () => {
    const verdict = judge([
      broken('config', 'CONFIG_INVALID', { reason: 'x' }),
      broken('service', 'SERVICE_STOPPED', { name: 'x' }),
      ...answering,
    ]);
    expect(verdict).toMatchObject({ ok: true });
    expect(verdict.warnings.map(({ code }) => code)).toEqual(['CONFIG_INVALID', 'SERVICE_STOPPED']);
  });

  test('is not well when it refuses whoever asks', () => {
    const verdict = judge([notRunning, ...answering, broken('auth', 'TOKEN_MISMATCH')]);
    expect(verdict).toMatchObject({ ok: false, layer: 'auth', finding: { code: 'TOKEN_MISMATCH' } });
    expect(verdict.warnings.map(({ code }) => code)).toEqual(['GATEWAY_NOT_RUNNING']);
  });

  test('is not well when it is that of another user', () => {
    const stranger = broken('port', 'PORT_OTHER_USER', { port: 1, holder: 'x' });
    expect(judge([stranger, ...answering])).toMatchObject({ ok: false, layer: 'port' });
  });
});

test('whoever holds the port is told before the service and the process that fail because of it', () => {
  const foreign = broken('port', 'PORT_FOREIGN', { port: 1, holder: 'x' });
  const failed = broken('service', 'SERVICE_FAILED', { name: 'x', detail: '' });
  expect(judge([failed, notRunning, foreign])).toMatchObject({ ok: false, layer: 'port' });
});

test('advice is a warning and never the verdict', () => {
  const advice = [{ code: 'STATE_EXPOSED' as const, values: { path: '/x', mode: '0755' } }];
  expect(judge([{ ...ok('config'), advice }])).toMatchObject({ ok: true, warnings: advice });
  expect(judge([{ ...ok('config'), advice }, notRunning])).toMatchObject({
    layer: 'process',
    warnings: advice,
  });
});

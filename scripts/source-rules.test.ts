import { describe, expect, it } from 'vitest';
import { escapesIn, lazinessProblems } from './source-rules.mjs';

describe('escape hatches', () => {
  it.each([
    ['// @ts-ignore', true],
    ['// @ts-nocheck', true],
    ['// biome-ignore lint: because', true],
    ['// TODO: later', true],
    ["it.only('works', () => {});", true],
    ['let count = 0;', true],
    ['const seen = new Map<string, number>();', true],
    ['  let count = 0;', false],
    ["it.skipIf(reason)('works', () => {});", false],
    ["const roles = new Set(['operator', 'node']);", false],
  ])('are found in product code: %s → %s', (text, isFound) => {
    expect(escapesIn([text], true).length > 0).toBe(isFound);
  });

  it('lets a test expect a type error, and no product file', () => {
    expect(escapesIn(['// @ts-expect-error'], false)).toEqual([]);
    expect(escapesIn(['// @ts-expect-error'], true)).toHaveLength(1);
  });
});

describe('the lazy start', () => {
  const to = (path: string, kind: string) => ({ path, kind });
  const inputs = (kind: string, modelKind = 'dynamic-import', networkKind = 'dynamic-import') => ({
    'cli/index.ts': { imports: [to('cli/run.ts', 'import-statement')] },
    'cli/run.ts': { imports: [to('core/server/gateway.ts', kind)] },
    'core/server/gateway.ts': { imports: [to('core/protocol/contract.ts', 'import-statement')] },
    'core/protocol/contract.ts': { imports: [to('node_modules/zod/index.js', 'import-statement')] },
    'node_modules/zod/index.js': { imports: [] },
    'core/models/model.ts': { imports: [to('node_modules/@ai-sdk/x/index.mjs', modelKind)] },
    'node_modules/@ai-sdk/x/index.mjs': { imports: [] },
    'core/host/announcer.ts': { imports: [to('core/discovery/packet.ts', networkKind)] },
    'core/discovery/packet.ts': { imports: [to('node_modules/dns-packet/index.js', 'require-call')] },
    'node_modules/dns-packet/index.js': { imports: [] },
    'core/ssh/ssh-connection.ts': { imports: [to('core/ssh/ssh-library.ts', 'dynamic-import')] },
    'core/ssh/ssh-library.ts': { imports: [to('node_modules/ssh2/lib/index.js', 'import-statement')] },
    'node_modules/ssh2/lib/index.js': { imports: [] },
    'core/host/gateway-tls.ts': { imports: [to('core/tls/self-signed.ts', 'dynamic-import')] },
    'core/tls/self-signed.ts': { imports: [to('node_modules/@peculiar/x509/index.js', 'import-statement')] },
    'node_modules/@peculiar/x509/index.js': { imports: [] },
  });

  it('names the chain of imports by which the server would be evaluated', () => {
    expect(lazinessProblems(inputs('import-statement'))).toEqual([
      'core/server/gateway.ts is evaluated at start: cli/index.ts → cli/run.ts → core/server/gateway.ts',
    ]);
  });

  it('accepts a module that is imported when it is reached', () => {
    expect(lazinessProblems(inputs('dynamic-import'))).toEqual([]);
  });

  it('names the import by which a model library would be evaluated, wherever it is', () => {
    expect(lazinessProblems(inputs('dynamic-import', 'import-statement'))).toEqual([
      'node_modules/@ai-sdk/x/index.mjs is evaluated at start: core/models/model.ts → node_modules/@ai-sdk/x/index.mjs',
    ]);
  });

  it('names the import by which multicast DNS would be evaluated with the gateway', () => {
    expect(lazinessProblems(inputs('dynamic-import', 'dynamic-import', 'import-statement'))).toEqual([
      'node_modules/dns-packet/index.js is evaluated at start: core/host/announcer.ts → core/discovery/packet.ts → node_modules/dns-packet/index.js',
    ]);
  });

  it('complains when what it looks for is nowhere in the bundle', () => {
    expect(lazinessProblems({ 'cli/index.ts': { imports: [] } }).length).toBeGreaterThan(0);
  });
});

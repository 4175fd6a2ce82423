import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Listener } from '../core/host/port-holder.ts';
import { FINDING_CODES } from '../core/verdict/findings.ts';
import type { Runner } from './adopted-gateway.ts';
import type { Destination, MenuEntry, Prompt, TrayAction, View } from './bridge/contract.ts';
import { bridgeContract } from './bridge/contract.ts';
import { connectionOf } from './connection-state.ts';
import type { Way } from './reach.ts';
import { offers, type TrayState, viewOf } from './tray-menu.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 100 });
const host = fc.oneof(
  fc.constantFrom({ kind: 'idle' } as const, { kind: 'stopping' } as const),
  fc.record({ kind: fc.constantFrom('starting' as const, 'running' as const), pid: fc.nat() }),
  fc.record({ kind: fc.constant('crashed' as const), exitCode: fc.nat(), retryAtMs: fc.nat() }),
  fc.record({ kind: fc.constant('refused' as const), reason: text }),
);
const finding = fc.record({ code: fc.constantFrom(...FINDING_CODES), values: fc.dictionary(text, text) });
const fix = { command: 'openclaw', isLocal: true, hasService: false, freePort: 18790 };
const look = fc.record({
  ok: fc.boolean(),
  isRunning: fc.boolean(),
  finding: fc.option(finding, { nil: undefined }),
  warnings: fc.array(finding, { maxLength: 2 }),
  fix: fc.constant(fix),
});
const way = fc.oneof(
  fc.constantFrom<Way>(
    { kind: 'connecting' },
    { kind: 'open' },
    { kind: 'failed' },
    { kind: 'disconnected' },
  ),
  fc.record({ kind: fc.constant('reconnecting' as const), attempt: fc.nat() }),
);
const destination = fc.constantFrom<Destination>(
  { kind: 'local' },
  { kind: 'ssh', target: 'ann@box' },
  { kind: 'direct', url: 'wss://box:443' },
);
const holder = fc.record({
  port: fc.nat(),
  line: text,
  isGateway: fc.boolean(),
  canStop: fc.boolean(),
  listener: fc.constant({} as Listener),
});
const PROMPTS: Prompt[] = [
  { id: '1', kind: 'passphrase', place: 'ann@box', path: '/home/ann/.ssh/id', attempt: 1, keeping: 'none' },
  { id: '2', kind: 'stop-holder', port: 18789, holder: 'pid 1' },
];
const state: fc.Arbitrary<TrayState> = fc.record({
  host,
  look: fc.option(look, { nil: undefined }),
  isConnected: fc.boolean(),
  isRestarting: fc.boolean(),
  url: fc.constant('ws://127.0.0.1:18789'),
  way: fc.option(way, { nil: undefined }),
  destination,
  holder: fc.option(holder, { nil: undefined }),
  prompts: fc.array(fc.constantFrom(...PROMPTS), { maxLength: 2 }),
  pairing: fc.array(
    fc.record({
      requestId: fc.string({ minLength: 1 }),
      name: text,
      role: fc.constantFrom('operator', 'node'),
      scopes: fc.array(text, { maxLength: 3 }),
      code: fc.option(text, { nil: undefined }),
    }),
    { maxLength: 3 },
  ),
  sessions: fc.array(fc.record({ key: fc.string({ minLength: 1 }), title: text }), { maxLength: 3 }),
  language: fc.constantFrom('en' as const, 'zh-CN' as const),
  languageChoice: fc.constantFrom('system' as const, 'en' as const, 'zh-CN' as const),
  runAtLogin: fc.boolean(),
  trouble: fc.option(text, { nil: undefined }),
});

const all = (entries: readonly MenuEntry[]): MenuEntry[] =>
  entries.flatMap((entry) => [entry, ...(entry.kind === 'group' ? all(entry.entries) : [])]);
const labelsOf = ({ entries }: View): string[] =>
  all(entries).flatMap((entry) => ('label' in entry ? [entry.label] : []));

const quiet: TrayState = {
  host: { kind: 'idle' },
  look: { ok: true, isRunning: true, warnings: [], fix },
  isConnected: true,
  isRestarting: false,
  url: 'ws://127.0.0.1:18789',
  way: undefined,
  destination: { kind: 'local' },
  prompts: [],
  pairing: [],
  sessions: [],
  language: 'en',
  languageChoice: 'system',
  runAtLogin: false,
};
const stopped: TrayState = {
  ...quiet,
  isConnected: false,
  look: {
    ok: false,
    isRunning: false,
    finding: { code: 'GATEWAY_NOT_RUNNING', values: { port: 1 } },
    warnings: [],
    fix,
  },
};

describe('the menu of the tray', () => {
  it('offers nothing that contradicts itself, whatever the state', () => {
    fc.assert(
      fc.property(state, (some) => {
        const view = viewOf(some);
        const can = (action: TrayAction): boolean => offers(view, action);
        expect(can({ do: 'start' }) && (can({ do: 'stop' }) || can({ do: 'restart' }))).toBe(false);
        if (can({ do: 'stop' })) expect(['starting', 'running', 'crashed']).toContain(some.host.kind);
        if (can({ do: 'start' })) expect(some.look?.isRunning).toBe(false);
        if (can({ do: 'restart' })) expect(some.isConnected).toBe(true);
        expect(view.tone === 'ok').toBe(connectionOf(some).phase === 'running');
        expect(can({ do: 'connect' }) && some.way === undefined).toBe(false);
        expect(view.needsYou).toBe(some.pairing.length + some.prompts.length > 0);
        expect(can({ do: 'quit' }) && can({ do: 'openWindow' })).toBe(true);
        const radios = all(view.entries).filter((one) => one.kind === 'choice' && one.type === 'radio');
        for (const what of ['setLanguage', 'setMode']) {
          const group = radios.filter((one) => one.kind === 'choice' && one.action.do === what);
          expect(group.filter((one) => one.kind === 'choice' && one.checked)).toHaveLength(1);
        }
      }),
    );
  });

  it('is a view that the bridge lets through, whatever devices and sessions are called', () => {
    fc.assert(
      fc.property(state, (some) => {
        const view = viewOf(some);
        expect(bridgeContract['view.get'].result.safeParse(view).success).toBe(true);
        for (const label of labelsOf(view)) expect(label).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('offers a start only where nothing runs and nothing else has to be mended first', () => {
    expect(offers(viewOf(stopped), { do: 'start' })).toBe(true);
    expect(offers(viewOf(quiet), { do: 'start' })).toBe(false);
    const taken = { code: 'PORT_FOREIGN', values: { port: 1, holder: 'nginx' } } as const;
    const blocked = viewOf({ ...stopped, look: { ...stopped.look, finding: taken } as TrayState['look'] });
    expect(offers(blocked, { do: 'start' })).toBe(false);
    const service = { code: 'SERVICE_STOPPED', values: { name: 'openclaw' } } as const;
    const asService = { ...stopped, look: { ...stopped.look, finding: service } as TrayState['look'] };
    expect(offers(viewOf(asService), { do: 'start' })).toBe(true);
    expect(blocked.status).toBe('Port 1 is held by another program: nginx');
    expect(blocked.command).toBe('openclaw gateway run --port 18790');
  });

  it('never offers to stop a gateway that the app has not started', () => {
    expect(offers(viewOf(quiet), { do: 'stop' })).toBe(false);
    expect(offers(viewOf(quiet), { do: 'restart' })).toBe(true);
    expect(offers(viewOf({ ...quiet, host: { kind: 'running', pid: 1 } }), { do: 'stop' })).toBe(true);
  });

  it('offers to take over a gateway that the app has not started, and then to stop it', () => {
    const runner = { pid: 1 } as Runner;
    expect(offers(viewOf(quiet), { do: 'adopt' })).toBe(false);
    expect(offers(viewOf({ ...quiet, runner }), { do: 'adopt' })).toBe(true);
    const adopted = viewOf({ ...quiet, runner, host: { kind: 'running', pid: 1, isAdopted: true } });
    expect(offers(adopted, { do: 'adopt' })).toBe(false);
    expect(offers(adopted, { do: 'stop' })).toBe(true);
    expect(labelsOf(adopted)).toContain('This app has taken the gateway over.');
  });

  it('shows what a device asks for, and tells that somebody has to decide', () => {
    const view = viewOf({
      ...quiet,
      pairing: [{ requestId: 'r1', name: 'Phone\u202e\n', role: 'operator', scopes: ['operator.read'] }],
    });
    expect(labelsOf(view)).toContain('Phone: operator.read');
    expect(view.tooltip).toBe('OpenClaw: The gateway is well. Requests to decide: 1');
    expect(offers(view, { do: 'approve', requestId: 'r1' })).toBe(true);
    expect(offers(view, { do: 'approve', requestId: 'r2' })).toBe(false);
  });

  it('says how the way to a gateway elsewhere is, and what waits for a person on it', () => {
    const away = { ...quiet, destination: { kind: 'ssh', target: 'ann@box' } } as const;
    const told = (way: Way, more: Partial<TrayState> = {}) => viewOf({ ...away, way, ...more });
    expect(told({ kind: 'connecting' }, { look: undefined }).status).toBe('Connecting to ann@box …');
    expect(told({ kind: 'open' }).status).toBe('Connected to ann@box. The gateway is well.');
    const lost = told({ kind: 'reconnecting', attempt: 3 });
    expect(lost.status).toBe('Reconnecting to ann@box …, attempt 3.');
    const closed = told({ kind: 'disconnected' });
    expect(closed.status).toBe('Not connected to ann@box.');
    expect(offers(closed, { do: 'connect' })).toBe(true);
    expect(offers(closed, { do: 'disconnect' })).toBe(false);
    const asking = told({ kind: 'connecting' }, { prompts: PROMPTS.slice(0, 1) });
    expect(labelsOf(asking)).toContain('Needs you: passphrase for ann@box');
    expect(asking.needsYou).toBe(true);
  });

  it('says what to compare while somebody has to approve this device, and lets nothing else into a command', () => {
    const away = { ...quiet, isConnected: false, destination: { kind: 'direct', url: 'ws://box' } } as const;
    const asking = (requestId: string, pairingCode: string) => {
      const finding = { code: 'PAIRING_REQUIRED', values: { requestId, pairingCode } } as const;
      const look = { ...stopped.look, finding, fix: { ...fix, isLocal: false } } as TrayState['look'];
      return viewOf({ ...away, way: { kind: 'failed' }, look });
    };
    const view = asking('r1', '123 456');
    expect(view.status).toBe('Waiting until ws://box approves this device.');
    expect(view.tone).toBe('warn');
    expect(labelsOf(view)).toEqual(expect.arrayContaining(['Code to compare: 123 456', 'Request: r1']));
    expect(view.command).toBe('openclaw devices approve r1');
    const bad = asking('r1; reboot', '666');
    expect(labelsOf(bad)).not.toContain('Code to compare: 666');
    expect(bad.command).toBeUndefined();
  });

  it('offers to stop whoever holds the port only where that is a gateway of this user', () => {
    const finding = { code: 'PORT_FOREIGN', values: { port: 1, holder: 'nginx' } } as const;
    const look = { ...stopped.look, finding } as TrayState['look'];
    const holder = { port: 1, line: 'nginx', isGateway: false, canStop: false, listener: {} as Listener };
    const foreign = viewOf({ ...stopped, look, holder });
    expect(offers(foreign, { do: 'stopHolder' }) || offers(foreign, { do: 'attach' })).toBe(false);
    expect(offers(foreign, { do: 'usePort' })).toBe(true);
    const gateway = viewOf({ ...stopped, look, holder: { ...holder, isGateway: true, canStop: true } });
    expect(offers(gateway, { do: 'stopHolder' }) && offers(gateway, { do: 'attach' })).toBe(true);
  });

  it('says what an action failed with', () => {
    expect(labelsOf(viewOf({ ...quiet, trouble: 'unknown requestId' }))).toContain(
      'That did not work: unknown requestId',
    );
  });
});

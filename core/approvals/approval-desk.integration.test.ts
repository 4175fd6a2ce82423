import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../lib/log.ts';
import { FakeClock } from '../testing/fake-clock.ts';
import { type ApprovalDesk, openApprovals } from './approval-desk.ts';
import type { ApprovalInput } from './approval-request.ts';
import type { RuleSubject } from './approval-rules.ts';

let dir = '';
let clock: FakeClock;
let desk: ApprovalDesk;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'approvals-'));
  clock = new FakeClock();
  desk = await openApprovals({ dir, clock, log: silentLogger });
});
afterEach(async () => {
  await desk.close();
  await rm(dir, { recursive: true, force: true });
});

const file = () => join(dir, 'exec-approvals.json');
const input = (more: Partial<ApprovalInput> = {}): ApprovalInput => ({
  argv: ['rm', '-rf', 'build'],
  resolvedPath: '/bin/rm',
  cwd: '/work',
  host: 'gateway',
  agentId: 'main',
  sessionKey: 'agent:main:main',
  timeoutMs: 5000,
  ...more,
});
const subject = (more: Partial<RuleSubject> = {}): RuleSubject => ({
  agentId: 'main',
  program: '/bin/rm',
  argv: ['rm', '-rf', 'build'],
  shell: false,
  ownEnv: false,
  ownFiles: false,
  ...more,
});
const verdict = async (more: Partial<RuleSubject> = {}, layers = [{}]) =>
  (await desk.assess(subject(more), layers)).verdict;

describe('the file of rules', () => {
  it('is empty at first and keeps what is set, private to its owner', async () => {
    const empty = await desk.snapshot();
    expect(empty).toMatchObject({
      path: file(),
      exists: false,
      file: { version: 1, defaults: {}, agents: {} },
    });
    expect(empty.resolvedDefaults).toEqual({
      security: 'allowlist',
      ask: 'on-miss',
      askFallback: 'deny',
      autoAllowSkills: false,
    });
    const set = await desk.set({ version: 1, defaults: { security: 'deny' } }, undefined);
    expect(set).toMatchObject({ exists: true, resolvedDefaults: { security: 'deny' } });
    expect(set.hash).not.toBe(empty.hash);
    if (process.platform !== 'win32') expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('asks for the base hash and refuses a stale one', async () => {
    const first = await desk.set({ version: 1 }, undefined);
    await expect(desk.set({ version: 1 }, undefined)).rejects.toThrow('base hash required');
    await desk.set({ version: 1, defaults: { ask: 'always' } }, first.hash);
    await expect(desk.set({ version: 1 }, first.hash)).rejects.toThrow('changed since last load');
  });

  it('lets one of two writers with the same base win', async () => {
    const { hash } = await desk.set({ version: 1 }, undefined);
    const both = await Promise.allSettled([
      desk.set({ version: 1, defaults: { ask: 'always' } }, hash),
      desk.set({ version: 1, defaults: { ask: 'off' } }, hash),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it.each([
    [{ version: 2 }, 'version'],
    [{ version: 1, surprise: true }, 'surprise'],
    [{ version: 1, agents: { main: { allowlist: [{ path: '/bin/sh' }] } } }, 'allowlist.0'],
    [JSON.parse('{"version":1,"agents":{"__proto__":{"evil":1}}}'), 'evil'],
    [[], 'object'],
    ['{}', 'object'],
  ])('refuses %j as a whole', async (bad, part) => {
    await expect(desk.set(bad, undefined)).rejects.toThrow(part);
    expect((await desk.snapshot()).exists).toBe(false);
  });

  it('never shows the token of the socket and keeps it when the file comes back without', async () => {
    await writeFile(file(), JSON.stringify({ version: 1, socket: { path: '/s', token: 'canary-token' } }));
    const shown = await desk.snapshot();
    expect(JSON.stringify(shown)).not.toContain('canary-token');
    await desk.set(shown.file, shown.hash);
    expect(await readFile(file(), 'utf8')).toContain('canary-token');
  });

  it('asks about every command while the file is damaged, and stores no rule into it', async () => {
    await writeFile(file(), '{"version":1,"agents":');
    expect(await verdict({}, [{ security: 'full', ask: 'off' }] as never)).toBe('ask');
    const { id } = desk.request(input());
    await expect(desk.resolve(id, 'allow-always', 'ann')).rejects.toThrow('not valid JSON');
    expect(desk.list().map((pending) => pending.id)).toEqual([id]);
    expect((await desk.resolve(id, 'allow-once', 'ann')).decision).toBe('allow-once');
    expect(await readFile(file(), 'utf8')).toBe('{"version":1,"agents":');
  });
});

describe('the policy', () => {
  it('asks when nobody has said anything', async () => {
    expect(await verdict()).toBe('ask');
  });

  it('takes the strictest of file and other layers', async () => {
    expect(await verdict({}, [{ security: 'full', ask: 'off' }] as never)).toBe('allow');
    await desk.set({ version: 1, agents: { main: { ask: 'always' } } }, undefined);
    expect(await verdict({}, [{ security: 'full', ask: 'off' }] as never)).toBe('ask');
    expect(await verdict({ agentId: 'other' }, [{ security: 'full', ask: 'off' }] as never)).toBe('allow');
    expect(await verdict({}, [{ security: 'deny' }] as never)).toBe('deny');
  });

  it('allows by a path a person wrote, but never a shell line or a call with variables of its own', async () => {
    const allowlist = [{ pattern: '/usr/bin/*' }, { pattern: '/bin/sh' }];
    await desk.set({ version: 1, agents: { '*': { allowlist } } }, undefined);
    expect(await verdict({ program: '/usr/bin/rg', argv: ['rg', 'x'] })).toBe('allow');
    expect(await verdict({ program: '/usr/bin/deep/rg' })).toBe('ask');
    expect(await verdict({ program: '/usr/bin/rg', ownEnv: true })).toBe('ask');
    expect(await verdict({ program: '/bin/sh', argv: ['sh', '-c', 'id'], shell: true })).toBe('ask');
  });
});

describe('a question', () => {
  it('is announced, waits, and is decided once', async () => {
    const seen: string[] = [];
    desk.onRequested(({ request }) => seen.push(`asked ${request.command}`));
    desk.onResolved(({ decision, resolvedBy }) => seen.push(`${decision} by ${resolvedBy}`));
    const { id, createdAtMs, expiresAtMs } = desk.request(input());
    expect(expiresAtMs - createdAtMs).toBe(5000);
    const waiting = desk.waitDecision(id);
    await desk.resolve(id, 'allow-once', 'ann');
    expect(await waiting).toMatchObject({ id, decision: 'allow-once', reason: 'decided', resolvedBy: 'ann' });
    expect(await desk.waitDecision(id)).toMatchObject({ decision: 'allow-once' });
    await expect(desk.resolve(id, 'deny', 'bob')).rejects.toThrow('approval already resolved');
    expect(await desk.resolve(id, 'allow-once', 'bob')).toMatchObject({ resolvedBy: 'ann' });
    expect(seen).toEqual(['asked rm -rf build', 'allow-once by ann']);
    expect(desk.list()).toEqual([]);
  });

  it('counts as denied when nobody answers in time, whatever the file says about that', async () => {
    await desk.set({ version: 1, defaults: { askFallback: 'full' } }, undefined);
    const { id } = desk.request(input());
    const waiting = desk.waitDecision(id);
    clock.advance(5000);
    expect(await waiting).toMatchObject({ decision: 'deny', reason: 'expired' });
    for (const late of ['allow-once', 'deny']) {
      await expect(desk.resolve(id, late, 'ann')).rejects.toThrow('approval already resolved');
    }
    expect(desk.claim(id, input())).toBe(false);
  });

  it('is forgotten a minute after its decision', async () => {
    const { id } = desk.request(input());
    await desk.resolve(id, 'allow-once', 'ann');
    clock.advance(60_000);
    expect(() => desk.claim(id, input())).toThrow('unknown or expired approval id');
    await expect(desk.waitDecision(id)).rejects.toThrow('approval expired or not found');
    expect(clock.waiting).toBe(0);
  });

  it('lets a waiter go without deciding anything', async () => {
    const { id } = desk.request(input());
    const leave = new AbortController();
    const waiting = desk.waitDecision(id, leave.signal);
    leave.abort();
    expect(await waiting).toBeUndefined();
    expect(desk.get(id)).toBeDefined();
    desk.withdraw(id);
    expect(await desk.waitDecision(id)).toMatchObject({ decision: 'deny', reason: 'cancelled' });
  });

  it('is found by its whole id only', async () => {
    const { id } = desk.request(input({ id: 'abcdef' }));
    await expect(desk.resolve('abc', 'allow-once', 'ann')).rejects.toThrow('unknown or expired');
    expect(() => desk.request(input({ id }))).toThrow('approval id already pending');
  });

  it('knows only the three decisions', async () => {
    const { id } = desk.request(input());
    for (const bad of ['allow', 'Allow-Once', '', '__proto__', 'constructor']) {
      await expect(desk.resolve(id, bad, 'ann')).rejects.toThrow('invalid decision');
    }
    expect(desk.get(id)).toBeDefined();
  });

  it('is denied when the desk closes', async () => {
    const { id } = desk.request(input());
    const waiting = desk.waitDecision(id);
    await desk.close();
    expect(await waiting).toMatchObject({ decision: 'deny', reason: 'cancelled' });
    expect(clock.waiting).toBe(0);
  });

  it('is refused when too many wait already, for one session and for all', () => {
    for (let index = 0; index < 20; index += 1) desk.request(input());
    expect(() => desk.request(input())).toThrow('too many approvals');
    for (let index = 0; index < 180; index += 1) desk.request(input({ sessionKey: `s${index}` }));
    expect(() => desk.request(input({ sessionKey: 'new' }))).toThrow('too many approvals');
  });
});

describe('CVE-2026-26320: a question shows everything', () => {
  it('keeps every character of a long command', () => {
    const command = `echo ${'a'.repeat(100_000)}; rm -rf ~`;
    const { request } = desk.request(input({ command, argv: ['/bin/sh', '-c', command] }));
    expect(request.command).toBe(command);
    expect(request.commandArgv).toEqual(['/bin/sh', '-c', command]);
  });

  it('refuses what is too long instead of cutting it', () => {
    const command = 'a'.repeat(300_000);
    expect(() => desk.request(input({ command, argv: undefined }))).toThrow('too long to be shown whole');
    const warningText = 'a'.repeat(300_000);
    expect(() => desk.request(input({ warningText }))).toThrow('too long to be shown whole');
  });

  it('names characters that do not show', () => {
    const command = 'echo safe \u202e# fr- mr\u200b';
    const { request } = desk.request(input({ command, argv: ['/bin/sh', '-c', command] }));
    expect(request.warningText).toContain('U+202E');
    expect(request.warningText).toContain('U+200B');
  });

  it.each([
    ['a blank that is none', { command: 'ls\u00a0-la' }, 'U+00A0'],
    ['a blank in a directory', { cwd: '/work/a\u2003b' }, 'U+2003'],
    ['an override in a variable', { env: { A: 'x\u202ey' } }, 'U+202E'],
    ['an empty picture', { command: 'echo \u2800; rm -rf ~' }, 'U+2800'],
  ])('names %s', (_name, more, expected) => {
    const { request } = desk.request(input({ argv: undefined, command: 'ls', ...more }));
    expect(request.warningText).toContain(expected);
  });

  it.each([
    ['behind blanks', `ls${' '.repeat(400)}; rm -rf ~`, 'blanks'],
    ['above many lines', `rm -rf ~\n${'\n'.repeat(200)}echo hello`, '202 lines'],
    ['in the middle of a long line', `echo ${'a'.repeat(5000)}; rm -rf ~`, '5015 characters'],
  ])('warns when something can hide %s', (_name, command, expected) => {
    const { request } = desk.request(input({ command, argv: ['/bin/sh', '-c', command] }));
    expect(request.command).toBe(command);
    expect(request.warningText).toContain(expected);
  });

  it('does not warn of an ordinary command', () => {
    const command = 'git log --oneline |\n\thead -n 5';
    expect(desk.request(input({ command, argv: ['/bin/sh', '-c', command] })).request.warningText).toBeNull();
  });

  it('quotes arguments so that each can be told apart', () => {
    const { request } = desk.request(input({ argv: ['echo', 'a b', "it's", '\u001b[2K', ''] }));
    expect(request.command).toBe(`echo 'a b' 'it'\\''s' $'\\u001b[2K' ''`);
  });
});

describe('CVE-2026-32971: what is approved is what runs', () => {
  it('never shows a command line that is not what the arguments run', () => {
    const shown = (command: string, argv: string[]) => desk.request(input({ command, argv })).request.command;
    expect(shown('ls', ['rm', '-rf', '/'])).toBe('rm -rf /');
    expect(shown('ls', ['/bin/sh', '-c', 'rm -rf /', 'ls'])).toBe("/bin/sh -c 'rm -rf /' ls");
    expect(shown('ls', ['/tmp/evil', '-c', 'ls'])).toBe('/tmp/evil -c ls');
    expect(shown('ls', ['/bin/sh', '-c', 'ls'])).toBe('ls');
  });

  const changes: [string, Partial<ApprovalInput>][] = [
    ['another argument', { argv: ['rm', '-rf', 'build2'] }],
    ['arguments split otherwise', { argv: ['rm', '-rf build'] }],
    ['another program', { resolvedPath: '/opt/rm' }],
    ['another directory', { cwd: '/' }],
    ['a variable', { env: { A: '1' } }],
    ['another agent', { agentId: 'other' }],
    ['another session', { sessionKey: 'agent:main:other' }],
    ['another host', { host: 'node' }],
    ['a file that changed', { files: [{ path: 'x', sha256: '00' }] }],
  ];
  it.each(changes)('does not let an approval be used for %s', async (_name, change) => {
    const { id } = desk.request(input());
    await desk.resolve(id, 'allow-once', 'ann');
    expect(desk.claim(id, input(change))).toBe(false);
    expect(desk.claim(id, input())).toBe(true);
  });

  it('lets a decision be used once', async () => {
    const { id } = desk.request(input());
    expect(desk.claim(id, input())).toBe(false);
    await desk.resolve(id, 'allow-once', 'ann');
    expect(desk.claim(id, input())).toBe(true);
    expect(desk.claim(id, input())).toBe(false);
  });

  it('gives nothing for a denied one', async () => {
    const { id } = desk.request(input());
    await desk.resolve(id, 'deny', 'ann');
    expect(desk.claim(id, input())).toBe(false);
  });
});

describe('allow always', () => {
  it('stores program and arguments exactly and holds after a restart', async () => {
    const { id } = desk.request(input());
    await desk.resolve(id, 'allow-always', 'ann');
    const stored = JSON.parse(await readFile(file(), 'utf8'));
    expect(stored.agents.main.allowlist).toMatchObject([
      { pattern: '/bin/rm', source: 'allow-always', commandText: 'rm -rf build' },
    ]);
    await desk.close();
    desk = await openApprovals({ dir, clock, log: silentLogger });
    expect(await verdict()).toBe('allow');
  });

  it('allows nothing but the very same bytes', async () => {
    const { id } = desk.request(input({ argv: ['rm', '-rf', 'a.c'] }));
    await desk.resolve(id, 'allow-always', 'ann');
    expect(await verdict({ argv: ['rm', '-rf', 'a.c'] })).toBe('allow');
    for (const argv of [
      ['rm', '-rf', 'abc'],
      ['rm', '-rf', 'a.c', '/'],
      ['rm', '-rf'],
      ['rm', '-rf a.c'],
      ['rm', '-rf\0a.c'],
      ['rm', '-rf', 'a.c '],
      ['rm', '-rf', 'A.C'],
    ]) {
      expect(await verdict({ argv })).toBe('ask');
    }
    expect(await verdict({ argv: ['rm', '-rf', 'a.c'], program: '/bin/../bin/rm' })).toBe('ask');
    expect(await verdict({ argv: ['rm', '-rf', 'a.c'], agentId: 'other' })).toBe('ask');
    expect(await verdict({ argv: ['rm', '-rf', 'a.c'], ownEnv: true })).toBe('ask');
    expect(await verdict({ argv: ['rm', '-rf', 'a.c'], ownFiles: true })).toBe('ask');
  });

  it('is not offered for a command with variables of its own or files the agent can change', async () => {
    for (const more of [
      { env: { A: '1' } },
      { files: [{ path: 'run.sh', sha256: '00' }] },
      { ask: 'always' },
    ]) {
      const pending = desk.request(input(more));
      expect(pending.allowedDecisions).toEqual(['allow-once', 'deny']);
      expect(pending.request.unavailableDecisions).toEqual(['allow-always']);
      await expect(desk.resolve(pending.id, 'allow-always', 'ann')).rejects.toThrow('unavailable');
    }
  });

  it('keeps the rules of names that look like parts of objects', async () => {
    const { id } = desk.request(input({ agentId: '__proto__' }));
    await desk.resolve(id, 'allow-always', 'ann');
    expect(await verdict({ agentId: '__proto__' })).toBe('allow');
    expect(await verdict({ agentId: 'constructor' })).toBe('ask');
  });

  it('keeps every rule of decisions taken at once', async () => {
    const ids = ['a', 'b', 'c', 'd'].map((name) => desk.request(input({ argv: ['rm', name] })).id);
    await Promise.all(ids.map((id) => desk.resolve(id, 'allow-always', 'ann')));
    for (const name of ['a', 'b', 'c', 'd']) expect(await verdict({ argv: ['rm', name] })).toBe('allow');
  });

  it.runIf(process.platform !== 'win32' && process.getuid?.() !== 0)(
    'stays open when the rule cannot be stored',
    async () => {
      const { id } = desk.request(input());
      await chmod(dir, 0o500);
      await expect(desk.resolve(id, 'allow-always', 'ann')).rejects.toThrow('cannot be written');
      await chmod(dir, 0o700);
      expect(desk.get(id)).toBeDefined();
    },
  );
});

import { expect, it } from 'vitest';
import { gatewayProblem } from '../../core/remote/remote-problem.ts';
import { sshProblem } from '../../core/ssh/ssh-problem.ts';
import { PromptDesk } from '../prompt-desk.ts';
import { sshQuestions, stopOf } from './ssh-questions.ts';

const key = (file: string) => ({
  host: 'box',
  port: 2222,
  type: 'ssh-ed25519',
  fingerprint: 'SHA256:new',
  randomart: [],
  key: 'AAAA',
  known: [{ type: 'ssh-ed25519', fingerprint: 'SHA256:old', file, line: 3 }],
  authorities: [],
});
const stop = (code: 'HOST_KEY_CHANGED' | 'HOST_KEY_REVOKED' | 'HOST_KEY_UNKNOWN', file: string) =>
  stopOf(sshProblem(code, {}, key(file)), 'ann@box', '/own');

it('a changed key that we wrote down can be removed by the name of its host', () => {
  expect(stop('HOST_KEY_CHANGED', '/own')).toMatchObject({
    what: 'host-key',
    old: [{ value: 'SHA256:old', place: '/own:3' }],
    now: { value: 'SHA256:new' },
    removal: [],
    confirmWord: 'box',
  });
});

it('a key in a file of others is theirs to remove, with a command', () => {
  const told = stop('HOST_KEY_CHANGED', '/home/ann/.ssh/known hosts');
  expect(told?.confirmWord).toBeUndefined();
  expect(told?.removal).toEqual([`ssh-keygen -R '[box]:2222' -f '/home/ann/.ssh/known hosts'`]);
});

it('a revoked key stays revoked, and an unknown one is a question, no stop', () => {
  expect(stop('HOST_KEY_REVOKED', '/own')).toMatchObject({ what: 'revoked-key', removal: [] });
  expect(stop('HOST_KEY_REVOKED', '/own')?.confirmWord).toBeUndefined();
  expect(stop('HOST_KEY_UNKNOWN', '/own')).toBeUndefined();
});

it('another gateway than before is a stop, and is never asked about', async () => {
  const values = { remote: 'box:2222/1', gatewayId: 'new', pinned: 'old' };
  expect(stopOf(gatewayProblem('GATEWAY_CHANGED', values), 'ann@box', '/own')).toMatchObject({
    what: 'gateway',
    old: [{ value: 'old' }],
    now: { value: 'new' },
  });
  const prompts = new PromptDesk(() => {});
  const vault = {
    keeping: 'none' as const,
    read: async () => undefined,
    write: async () => {},
    forget: async () => {},
  };
  const { consent } = sshQuestions({
    place: 'ann@box',
    prompts,
    vault,
    signal: new AbortController().signal,
  });
  expect(await consent({ about: 'gateway', ...values })).toBe(false);
  expect(await consent({ about: 'unproven-gateway', remote: 'box', reason: 'x', pinned: 'old' })).toBe(false);
  expect(prompts.prompts).toEqual([]);
});

it('a remembered passphrase is tried first, and forgotten when it does not fit any more', async () => {
  const kept = new Map([['passphrase /k', 'old']]);
  const vault = {
    keeping: 'system' as const,
    read: async (name: string) => kept.get(name),
    write: async (name: string, secret: string) => void kept.set(name, secret),
    forget: async (name: string) => void kept.delete(name),
  };
  const prompts = new PromptDesk(() => {});
  const { askPassphrase } = sshQuestions({
    place: 'ann@box',
    prompts,
    vault,
    signal: new AbortController().signal,
  });
  expect(await askPassphrase({ path: '/k', attempt: 1 })).toBe('old');
  const second = askPassphrase({ path: '/k', attempt: 2 });
  await Promise.resolve();
  const [prompt] = prompts.prompts;
  expect(prompt).toMatchObject({ kind: 'passphrase', attempt: 1 });
  expect(kept.size).toBe(0);
  prompts.answer(prompt?.id ?? '', { do: 'secret', kind: 'passphrase', secret: 'new', remember: true });
  expect(await second).toBe('new');
  expect(kept.get('passphrase /k')).toBe('new');
});

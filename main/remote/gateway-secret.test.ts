import { expect, it } from 'vitest';
import { PromptDesk } from '../prompt-desk.ts';
import type { SecretVault } from '../secret-vault.ts';
import { GatewaySecret } from './gateway-secret.ts';

function room(configured = {}) {
  const kept = new Map<string, string>();
  const vault: SecretVault = {
    keeping: 'system',
    read: async (key) => kept.get(key),
    write: async (key, secret) => void kept.set(key, secret),
    forget: async (key) => void kept.delete(key),
  };
  const prompts = new PromptDesk(() => {});
  const secret = () =>
    new GatewaySecret({ key: 'ssh box', label: 'box', prompts, vault, configured: async () => configured });
  const answer = (token: string, remember: boolean): boolean =>
    prompts.answer(prompts.prompts[0]?.id ?? '', { do: 'secret', kind: 'token', secret: token, remember });
  return { kept, prompts, secret, answer };
}
const signal = new AbortController().signal;

it('what is remembered is shown to the gateway that it was given for, and to no other', async () => {
  const { secret, answer, kept } = room();
  const first = secret();
  const asked = first.askWhenWanted('CREDENTIALS_MISSING', 'gateway-1', signal);
  answer('t', true);
  expect(await asked).toBe(true);
  expect(kept.size).toBe(1);
  const later = secret();
  expect(await later.auth('gateway-1')).toEqual({ token: 't' });
  expect(await later.auth('gateway-2')).toEqual({});
  expect(await later.auth(undefined)).toEqual({});
});

it('what was not to be remembered is known to nobody later, and what was before is forgotten', async () => {
  const { secret, answer, kept } = room();
  kept.set('ssh box', JSON.stringify({ gatewayId: 'g', auth: { token: 'old' } }));
  const first = secret();
  const asked = first.askWhenWanted('TOKEN_MISMATCH', 'g', signal);
  answer('new', false);
  await asked;
  expect(await first.auth('g')).toEqual({ token: 'new' });
  expect(await secret().auth('g')).toEqual({});
});

it('the configured secret is not shown to one that cannot prove who it is', async () => {
  const { secret } = room({ token: 'configured' });
  expect(await secret().auth('g')).toEqual({ token: 'configured' });
  expect(await secret().auth(undefined)).toEqual({});
});

it('who does not want to say it is not asked again before they want to be connected', async () => {
  const { secret, prompts } = room();
  const one = secret();
  const asked = one.askWhenWanted('CREDENTIALS_MISSING', 'g', signal);
  prompts.answer(prompts.prompts[0]?.id ?? '', { do: 'cancel' });
  expect(await asked).toBe(false);
  expect(await one.askWhenWanted('CREDENTIALS_MISSING', 'g', signal)).toBe(false);
  one.again();
  void one.askWhenWanted('TOKEN_MISMATCH', 'g', signal);
  expect(prompts.prompts).toMatchObject([{ kind: 'credential', isWrong: true }]);
  expect(await one.askWhenWanted('RPC_FAILED', 'g', signal)).toBe(false);
});

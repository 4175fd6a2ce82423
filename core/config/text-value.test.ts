import { expect, it } from 'vitest';
import { parseConfigPath } from './config-path.ts';
import { wantsText } from './text-value.ts';

it.each([
  'gateway.auth.password',
  'gateway.auth.token',
  'gateway.remote.url',
  'gateway.customBindHost',
  'models.providers.acme.apiKey',
  'channels.telegram.botToken',
  'hooks.token',
  'env.vars.ACME_KEY',
])('takes what is typed for %s as text', (path) => {
  expect(wantsText(parseConfigPath(path))).toBe(true);
});

it.each([
  'gateway.port',
  'gateway.mode',
  'gateway.tls.enabled',
  'gateway.auth',
  'gateway.trustedProxies',
  'gateway.trustedProxies[0].deep',
  'agents.defaults.model',
  'models.providers.acme.models[0].maxTokens',
  'no.such.key',
])('does not take what is typed for %s as text', (path) => {
  expect(wantsText(parseConfigPath(path))).toBe(false);
});

it('knows the texts in a list of texts', () => {
  expect(wantsText(parseConfigPath('gateway.trustedProxies[0]'))).toBe(true);
});

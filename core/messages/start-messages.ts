import { catalogue } from './catalogue.ts';
import type { Language } from './language.ts';
import { tlsMessages } from './tls-messages.ts';

/** Why a gateway refuses to start, and below `_FIX` what helps. The English words are those of the command line page. */
export const startMessages = catalogue(
  () => ({
    CONFIG_ABSENT: 'Missing config. Run `{fix}` (or pass --allow-unconfigured).',
    CONFIG_ABSENT_FIX: '{fix}',
    MODE_NOT_LOCAL:
      'Gateway start blocked: set gateway.mode=local (current: {mode}) or pass --allow-unconfigured.',
    MODE_NOT_LOCAL_FIX: '{fix}',
    AUTH_UNCLEAR: 'Both a gateway token and a gateway password are set, but gateway.auth.mode is not.',
    AUTH_UNCLEAR_FIX: 'Set gateway.auth.mode to token or password, or pass --auth.',
    AUTH_NONE_IN_NETWORK: 'Refusing to bind gateway to {bind} without auth.',
    AUTH_NONE_IN_NETWORK_FIX:
      'Set gateway.auth.token/password (or OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD) or pass --token/--password.',
    PASSWORD_ABSENT: 'Gateway auth is set to password, but no password is configured.',
    PASSWORD_ABSENT_FIX: 'Set gateway.auth.password (or OPENCLAW_GATEWAY_PASSWORD), or pass --password.',
    PROXY_ABSENT:
      'gateway auth mode is trusted-proxy, but no trustedProxy config was provided (set gateway.auth.trustedProxy)',
    PROXY_ABSENT_FIX:
      'Set gateway.auth.trustedProxy.userHeader to the header in which your proxy names the user.',
    FUNNEL_WITHOUT_PASSWORD:
      'tailscale funnel requires gateway auth mode=password (set gateway.auth.password or OPENCLAW_GATEWAY_PASSWORD)',
    FUNNEL_WITHOUT_PASSWORD_FIX:
      'Everybody on the internet can knock at a funnel: set gateway.auth.mode to password, or use serve.',
    SERVE_WITHOUT_AUTH: 'Refusing to expose gateway with tailscale serve without auth.',
    SERVE_WITHOUT_AUTH_FIX: 'Set gateway.auth.mode to token or password.',
    BIND_HOST_ABSENT: 'gateway.bind=custom requires gateway.customBindHost',
    BIND_HOST_ABSENT_FIX:
      'Set gateway.customBindHost to an IP address of this machine, or gateway.bind to another word.',
    BIND_HOST_INVALID: 'gateway.customBindHost must be an IP address of this machine, not "{host}"',
    BIND_HOST_INVALID_FIX: 'Set it to one of: {addresses}',
  }),
  () => ({
    CONFIG_ABSENT: '没有配置文件。运行 `{fix}`（或加上 --allow-unconfigured）。',
    CONFIG_ABSENT_FIX: '{fix}',
    MODE_NOT_LOCAL: '网关拒绝启动：请设置 gateway.mode=local（当前：{mode}），或加上 --allow-unconfigured。',
    MODE_NOT_LOCAL_FIX: '{fix}',
    AUTH_UNCLEAR: '网关令牌和网关密码都已设置，但没有设置 gateway.auth.mode。',
    AUTH_UNCLEAR_FIX: '将 gateway.auth.mode 设为 token 或 password，或使用 --auth。',
    AUTH_NONE_IN_NETWORK: '没有身份验证时，拒绝让网关监听 {bind}。',
    AUTH_NONE_IN_NETWORK_FIX:
      '设置 gateway.auth.token/password（或 OPENCLAW_GATEWAY_TOKEN/OPENCLAW_GATEWAY_PASSWORD），或使用 --token/--password。',
    PASSWORD_ABSENT: '网关的身份验证方式是 password，但没有设置密码。',
    PASSWORD_ABSENT_FIX: '设置 gateway.auth.password（或 OPENCLAW_GATEWAY_PASSWORD），或使用 --password。',
    PROXY_ABSENT: '网关的身份验证方式是 trusted-proxy，但没有设置 gateway.auth.trustedProxy。',
    PROXY_ABSENT_FIX: '将 gateway.auth.trustedProxy.userHeader 设为代理用来传递用户名的请求头。',
    FUNNEL_WITHOUT_PASSWORD:
      'tailscale funnel 要求 gateway.auth.mode 为 password（请设置 gateway.auth.password 或 OPENCLAW_GATEWAY_PASSWORD）',
    FUNNEL_WITHOUT_PASSWORD_FIX:
      '互联网上的任何人都能访问 funnel：将 gateway.auth.mode 设为 password，或改用 serve。',
    SERVE_WITHOUT_AUTH: '没有身份验证时，拒绝用 tailscale serve 开放网关。',
    SERVE_WITHOUT_AUTH_FIX: '将 gateway.auth.mode 设为 token 或 password。',
    BIND_HOST_ABSENT: 'gateway.bind=custom 需要设置 gateway.customBindHost',
    BIND_HOST_ABSENT_FIX: '将 gateway.customBindHost 设为本机的一个 IP 地址，或将 gateway.bind 设为其他值。',
    BIND_HOST_INVALID: 'gateway.customBindHost 必须是本机的 IP 地址，而不是“{host}”',
    BIND_HOST_INVALID_FIX: '可选的地址：{addresses}',
  }),
);

/** One reason in no language yet: a key of this catalogue or a code of `tls-messages.ts`, and what fills it. */
export interface StartReason {
  key: string;
  values: Readonly<Record<string, string>>;
}

type Speak = (key: string, values: StartReason['values']) => string;

/** What is wrong, and what helps: a command where it begins with a small letter, else a sentence. */
export function startWords(
  { key, values }: StartReason,
  language: Language,
): { message: string; fix: string } {
  const isOwn = Object.hasOwn(startMessages.texts.en, key);
  const say = (isOwn ? startMessages : tlsMessages).in(language) as Speak;
  return { message: say(key, values), fix: say(`${key}_FIX`, values) };
}

import type { TailscaleFacts } from './tailscale-facts.ts';
import type { ProgramEnd } from './tailscale-program.ts';

/** What is missing; each has words, and below `_FIX` what mends it, in tailscale-messages.ts. */
export const TAILSCALE_PROBLEMS = [
  'TAILSCALE_MISSING',
  'TAILSCALE_NOT_RUNNING',
  'TAILSCALE_LOGGED_OUT',
  'TAILSCALE_DOWN',
  'TAILSCALE_MAGICDNS_OFF',
  'TAILSCALE_HTTPS_OFF',
  'TAILSCALE_NOT_OPERATOR',
  'TAILSCALE_SERVE_OFF',
  'TAILSCALE_FUNNEL_OFF',
  'TAILSCALE_PORT_TAKEN',
  'TAILSCALE_OTHERS_AFFECTED',
  'TAILSCALE_SILENT',
  'TAILSCALE_FAILED',
  'TAILSCALE_NOT_APPLIED',
  'TAILSCALE_NOT_REACHABLE',
] as const;

export type TailscaleProblemCode = (typeof TAILSCALE_PROBLEMS)[number];

export interface TailscaleProblem {
  code: TailscaleProblemCode;
  values: { url: string; host: string; port: number; reason: string; user: string };
}

export const problem = (
  code: TailscaleProblemCode,
  values: Partial<TailscaleProblem['values']> = {},
): TailscaleProblem => ({
  code,
  values: { url: '', host: '', port: 443, reason: '', user: '$USER', ...values },
});

const SERVE_LINK = 'https://login.tailscale.com/admin/dns';
const FUNNEL_LINK = 'https://tailscale.com/kb/1223/funnel';

/** Words of the `tailscale` program, which speaks English only. */
const SAID: readonly [pattern: RegExp, code: TailscaleProblemCode, link: string][] = [
  [
    /failed to connect to local tailscaled|is tailscaled? running|Tailscale (service|daemon).*not running/i,
    'TAILSCALE_NOT_RUNNING',
    '',
  ],
  [/access denied|--operator|must be root|permission denied/i, 'TAILSCALE_NOT_OPERATOR', ''],
  [
    /funnel.*(not (available|enabled|allowed)|attribute not set|access denied)/i,
    'TAILSCALE_FUNNEL_OFF',
    FUNNEL_LINK,
  ],
  [/serve is not enabled/i, 'TAILSCALE_SERVE_OFF', SERVE_LINK],
  [
    /https.*(not enabled|disabled)|does not support getting TLS certs|enable HTTPS/i,
    'TAILSCALE_HTTPS_OFF',
    SERVE_LINK,
  ],
  [/logged out|NeedsLogin/i, 'TAILSCALE_LOGGED_OUT', ''],
];

/** Why `tailscale` did not do as it was told; undefined when it did. */
export function problemOf(end: ProgramEnd): TailscaleProblem | undefined {
  if (end.kind === 'missing') return problem('TAILSCALE_MISSING');
  if (end.kind === 'ended' && end.code === 0) return undefined;
  const text = `${end.stderr}\n${end.stdout}`;
  const [, code, link] = SAID.find(([pattern]) => pattern.test(text)) ?? [];
  if (code) return problem(code, { url: linkIn(text) ?? link ?? '', reason: firstLine(text) });
  return end.kind === 'late'
    ? problem('TAILSCALE_SILENT')
    : problem('TAILSCALE_FAILED', { reason: firstLine(text) || `exit ${end.code}` });
}

/** Where a person can allow it, when Tailscale says so. */
const linkIn = (text: string): string | undefined =>
  /https:\/\/(?:login\.)?tailscale\.com\/[\w./?=&%-]+/.exec(text)?.[0]?.replace(/[.]+$/, '');

const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.replace(/[\p{Cc}]/gu, ' ').trim())
    .find((line) => line !== '')
    ?.slice(0, 200) ?? '';

/** What of this machine's Tailscale keeps it from serving HTTPS. */
export function problemWith({ state, dnsName, certDomains }: TailscaleFacts): TailscaleProblem | undefined {
  if (state === 'NeedsLogin' || state === 'NeedsMachineAuth') return problem('TAILSCALE_LOGGED_OUT');
  if (state !== 'Running') return problem('TAILSCALE_DOWN', { reason: state.slice(0, 40) });
  if (dnsName === '') return problem('TAILSCALE_MAGICDNS_OFF', { url: SERVE_LINK });
  if (certDomains.length === 0) return problem('TAILSCALE_HTTPS_OFF', { url: SERVE_LINK });
  return undefined;
}

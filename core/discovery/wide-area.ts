import { promises } from 'node:dns';
import { isIP } from 'node:net';
import { isLoopback } from '../lib/address.ts';
import type { Service } from './beacon.ts';
import { canonicalName, isHostName, SERVICE_TYPE, unescapeName } from './service-name.ts';

export interface WideAreaQuestion {
  /** As `domainName` gives it. */
  domain: string;
  /** `1.2.3.4`, `1.2.3.4:53`, `[::1]:53`; those of the system when empty. */
  servers: readonly string[];
  timeoutMs: number;
  /** Ends the asking early. */
  signal?: AbortSignal;
}

export type DnsProblemCode =
  | 'DNS_REFUSED'
  | 'DNS_UNREACHABLE'
  | 'DNS_TIMEOUT'
  | 'DNS_DOMAIN_UNKNOWN'
  | 'DNS_NO_GATEWAYS'
  | 'DNS_NAME_UNUSABLE'
  | 'DNS_FAILED';

export interface WideAreaAnswer {
  services: Service[];
  /** Why there is none, or not all. */
  problem?: { code: DnsProblemCode; detail?: string };
}

/** Whoever answers with more is not believed. */
const MAX_INSTANCES = 64;

/** `openclaw.internal.` for a domain name in any spelling; undefined for what is none, and for `local`. */
export function domainName(text: string): string | undefined {
  const name = canonicalName(text.trim());
  return isHostName(name) && /^[\x21-\x7e]+$/.test(name) && name !== 'local' ? `${name}.` : undefined;
}

/** Whether a name server can be reached under this address, `1.2.3.4:53` for one. */
export function isDnsServer(text: string): boolean {
  try {
    new promises.Resolver().setServers([text]);
    const port = /^(?:\[.*\]|[^:]+):(\d+)$/.exec(text)?.[1] ?? 53;
    return Number(port) >= 1 && Number(port) <= 65_535;
  } catch {
    return false;
  }
}

/** Whether a name server, as `isDnsServer` takes it, is one of this machine. */
export const isOwnServer = (text: string): boolean =>
  isLoopback(isIP(text) === 0 ? text.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') : text);

/** Asks DNS which gateways a domain names (DNS-SD, RFC 6763). Ends in time and never throws. */
export async function askWideArea(question: WideAreaQuestion): Promise<WideAreaAnswer> {
  const { domain, servers, timeoutMs, signal } = question;
  const resolver = new promises.Resolver({ timeout: Math.max(100, Math.floor(timeoutMs / 3)), tries: 2 });
  const cancel = (): void => resolver.cancel();
  const deadline = setTimeout(cancel, timeoutMs);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    if (servers.length > 0) resolver.setServers(servers);
    const names = await resolver.resolvePtr(`${SERVICE_TYPE}.${domain}`);
    const ending = `.${SERVICE_TYPE}.${canonicalName(domain)}`;
    const instances = names.filter((name) => canonicalName(name).endsWith(ending)).slice(0, MAX_INSTANCES);
    const found = await Promise.allSettled(instances.map((name) => instanceOf(resolver, name, domain)));
    const services = found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
    const failure = found.find((result) => result.status === 'rejected');
    return { services, ...(failure ? { problem: problemOf(failure.reason) } : {}) };
  } catch (error) {
    return { services: [], problem: problemOf(error) };
  } finally {
    clearTimeout(deadline);
    signal?.removeEventListener('abort', cancel);
    resolver.cancel();
  }
}

async function instanceOf(resolver: promises.Resolver, name: string, domain: string): Promise<Service[]> {
  const [places, texts] = await Promise.all([
    resolver.resolveSrv(name),
    resolver.resolveTxt(name).catch(() => []),
  ]);
  const ending = SERVICE_TYPE.length + domain.length + 1;
  const instance = unescapeName(name.replace(/\.$/, '').slice(0, -ending));
  // Node gives each byte as one character.
  const txt = texts.flat().map((text) => Buffer.from(text, 'latin1'));
  return Promise.all(
    places.slice(0, 4).map(async ({ name: host, port }) => ({
      instance,
      domain,
      host,
      port,
      addresses: await addressesOf(resolver, host),
      txt,
    })),
  );
}

async function addressesOf(resolver: promises.Resolver, host: string): Promise<string[]> {
  const found = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return found.flatMap((result) => (result.status === 'fulfilled' ? result.value : []));
}

const PROBLEMS: Readonly<Record<string, DnsProblemCode>> = {
  EREFUSED: 'DNS_REFUSED',
  ECONNREFUSED: 'DNS_UNREACHABLE',
  ENETUNREACH: 'DNS_UNREACHABLE',
  EHOSTUNREACH: 'DNS_UNREACHABLE',
  ETIMEOUT: 'DNS_TIMEOUT',
  ECANCELLED: 'DNS_TIMEOUT',
  ENOTFOUND: 'DNS_DOMAIN_UNKNOWN',
  ENODATA: 'DNS_NO_GATEWAYS',
  // Node asks for names of letters, digits, `-` and `_` only; those of OpenClaw zones have no others.
  EBADNAME: 'DNS_NAME_UNUSABLE',
};

function problemOf(error: unknown): { code: DnsProblemCode; detail?: string } {
  const { code } = error as NodeJS.ErrnoException;
  const known = PROBLEMS[code ?? ''];
  if (known) return { code: known };
  return { code: 'DNS_FAILED', detail: code ?? (error instanceof Error ? error.message : String(error)) };
}

import { isIP } from 'node:net';

/** Whom to reach over SSH, as a person wrote it; what is missing comes from `~/.ssh/config`. */
export interface SshTarget {
  user?: string;
  /** A name, an alias of `~/.ssh/config` or an address; an IPv6 address without brackets. */
  host: string;
  port?: number;
}

/** Why a text is no target; each has a sentence in the messages of this room. */
export type TargetFault = 'empty' | 'dash' | 'characters' | 'user' | 'host' | 'port' | 'brackets';

export type ParsedTarget = { ok: true; target: SshTarget } | { ok: false; fault: TargetFault };

const refused = (fault: TargetFault): ParsedTarget => ({ ok: false, fault });

/** Nothing that a shell, a terminal or another program could read as more than a name. */
const USER = /^[A-Za-z0-9_][A-Za-z0-9._+-]*\$?$/;
const HOST = /^[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?$/;
const ZONE = /^[A-Za-z0-9._-]+$/;

/**
 * Reads `[user@]host[:port]`, with an IPv6 address in brackets. A leading dash is refused in every part, so that
 * no part can become an option of another program, and so is whatever is not plain ASCII.
 */
export function parseSshTarget(text: string): ParsedTarget {
  if (text === '') return refused('empty');
  if (!/^[\x21-\x7e]+$/.test(text)) return refused('characters');
  const at = text.lastIndexOf('@');
  const user = at === -1 ? undefined : text.slice(0, at);
  const place = text.slice(at + 1);
  if ([user, place].some((part) => part?.startsWith('-'))) return refused('dash');
  if (user !== undefined && !USER.test(user)) return refused('user');
  const authority = place.startsWith('[') ? bracketed(place) : named(place);
  if (typeof authority === 'string') return refused(authority);
  return { ok: true, target: user === undefined ? authority : { user, ...authority } };
}

function named(place: string): SshTarget | TargetFault {
  const [host = '', port, ...more] = place.split(':');
  if (more.length > 0) return isIP(place) === 6 ? 'brackets' : 'host';
  return HOST.test(host) ? withPort(host, port) : 'host';
}

function bracketed(place: string): SshTarget | TargetFault {
  const [, host = '', port] = /^\[([^\]]*)\](?::(.*))?$/.exec(place) ?? [];
  const [address = '', zone = '0', ...more] = host.split('%');
  return isIP(address) === 6 && more.length === 0 && ZONE.test(zone) ? withPort(host, port) : 'host';
}

function withPort(host: string, text: string | undefined): SshTarget | TargetFault {
  if (text === undefined) return { host };
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? { host, port } : 'port';
}

/** The target as it is written: `user@host:port`. */
export function targetText({ user, host, port }: SshTarget): string {
  const place = host.includes(':') ? `[${host}]` : host;
  return `${user === undefined ? '' : `${user}@`}${place}${port === undefined ? '' : `:${port}`}`;
}

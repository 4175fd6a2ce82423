import { isHostName, plainText } from './service-name.ts';

export type TxtMode = 'minimal' | 'full';

/** What a gateway says of itself; source: the table of TXT keys in docs/discovery.md. */
export interface GatewayFacts {
  port: number;
  /** The first label of the name in `local.`. */
  hostLabel: string;
  displayName: string;
  /** Others can connect without a tunnel. */
  isReachable: boolean;
  tls?: { fingerprintSha256?: string };
  /** Where only `full` says them. */
  sshPort?: number;
  cliPath?: string;
  tailnetDns?: string;
}

/** What a TXT record claims. Nobody vouches for it: it is for showing, never for connecting. */
export interface TxtHints {
  /** As it was sent, as far as it is text. */
  txt: Record<string, string>;
  displayName?: string;
  lanHost?: string;
  tailnetDns?: string;
  cliPath?: string;
  role?: string;
  transport?: string;
  gatewayPort?: number;
  sshPort?: number;
  canvasPort?: number;
  gatewayTls?: boolean;
  gatewayTlsFingerprintSha256?: string;
  gatewayDirectReachable?: boolean;
}

const MAX_STRING = 255;
const MAX_KEYS = 32;
/** Keys that are something else to a program that copies objects. */
const INHERITED: readonly string[] = Object.getOwnPropertyNames(Object.prototype);

/** `key=value` strings of at most 255 bytes; what does not fit into one is left out. */
export function txtStrings(facts: GatewayFacts, mode: TxtMode): string[] {
  const entries: (readonly [string, string | number | undefined])[] = [
    ['role', 'gateway'],
    ['gatewayPort', facts.port],
    ['lanHost', `${facts.hostLabel}.local`],
    ['displayName', facts.displayName],
    ['transport', 'gateway'],
    ['gatewayTls', facts.tls && '1'],
    ['gatewayTlsSha256', facts.tls?.fingerprintSha256],
    ['gatewayDirectReachable', facts.isReachable ? '1' : undefined],
    ...(mode === 'full' ? privateEntries(facts) : []),
  ];
  return entries
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${value}`)
    .filter((text) => Buffer.byteLength(text) <= MAX_STRING);
}

const privateEntries = ({ sshPort, cliPath, tailnetDns }: GatewayFacts) =>
  [
    ['sshPort', sshPort],
    ['cliPath', cliPath],
    ['tailnetDns', tailnetDns],
  ] as const;

/**
 * Reads a TXT record of anybody. The first of equal keys counts (RFC 6763), keys are compared without case, and what
 * is no text, too long, too much or of the wrong kind is left out.
 */
export function parseTxt(strings: readonly Buffer[]): TxtHints {
  const found = new Map<string, [key: string, value: string]>();
  for (const bytes of strings) {
    if (found.size >= MAX_KEYS) break;
    const entry = entryOf(bytes);
    if (entry && !found.has(entry[0].toLowerCase())) found.set(entry[0].toLowerCase(), entry);
  }
  const value = (key: string): string | undefined => found.get(key.toLowerCase())?.[1];
  return withoutUndefined({
    txt: Object.fromEntries(found.values()),
    displayName: value('displayName') || undefined,
    lanHost: hostIn(value('lanHost')),
    tailnetDns: hostIn(value('tailnetDns')),
    cliPath: value('cliPath') || undefined,
    role: wordIn(value('role')),
    transport: wordIn(value('transport')),
    gatewayPort: portIn(value('gatewayPort')),
    sshPort: portIn(value('sshPort')),
    canvasPort: portIn(value('canvasPort')),
    gatewayTls: flagIn(value('gatewayTls')),
    gatewayTlsFingerprintSha256: fingerprintIn(value('gatewayTlsSha256')),
    gatewayDirectReachable: flagIn(value('gatewayDirectReachable')),
  });
}

function entryOf(bytes: Buffer): [key: string, value: string] | undefined {
  if (bytes.length === 0 || bytes.length > MAX_STRING) return undefined;
  const text = bytes.toString('utf8');
  const at = text.indexOf('=');
  const key = at === -1 ? text : text.slice(0, at);
  if (!/^[\x21-\x3c\x3e-\x7e]{1,63}$/.test(key) || INHERITED.includes(key)) return undefined;
  return [key, at === -1 ? '' : plainText(text.slice(at + 1))];
}

const hostIn = (text: string | undefined): string | undefined =>
  text && isHostName(text) ? text : undefined;
const wordIn = (text: string | undefined): string | undefined =>
  text && /^[\w.-]{1,32}$/.test(text) ? text : undefined;
const flagIn = (text: string | undefined): true | undefined =>
  text === '1' || text === 'true' ? true : undefined;

function portIn(text: string | undefined): number | undefined {
  const port = /^\d{1,5}$/.test(text ?? '') ? Number(text) : 0;
  return port >= 1 && port <= 65_535 ? port : undefined;
}

function fingerprintIn(text: string | undefined): string | undefined {
  const digits = text?.replaceAll(':', '').toLowerCase() ?? '';
  return /^[0-9a-f]{64}$/.test(digits) ? digits : undefined;
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined)) as T;
}

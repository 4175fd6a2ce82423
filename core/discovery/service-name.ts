/** The service type of gateways, without a domain. */
export const SERVICE_TYPE = '_openclaw-gw._tcp';
/** The domain of multicast DNS, as people write it. */
export const LOCAL_DOMAIN = 'local.';

const PRODUCT = ' (OpenClaw)';
/** Bytes of one label; source: RFC 1035. */
const MAX_LABEL = 63;
const LABEL = /^[\p{L}\p{N}_]([\p{L}\p{N}_-]*[\p{L}\p{N}_])?$/u;
const SPECIAL = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** `vm-2` for the second attempt at the label `vm`: what a machine is called when another has its name. */
export const numberedLabel = (label: string, attempt: number): string =>
  attempt === 1 ? label : `${cutBytes(label, MAX_LABEL - 4)}-${attempt}`;

/**
 * What a gateway is called on the network: `<name> (OpenClaw)`, and ` (2)` behind it for the second attempt. It is
 * one label of at most 63 bytes; a dot would split it.
 */
export function instanceName(displayName: string, attempt = 1): string {
  const ending = PRODUCT + (attempt === 1 ? '' : ` (${attempt})`);
  const name = displayName.replaceAll('.', '-').replace(SPECIAL, '').trim() || 'openclaw';
  return cutBytes(name, MAX_LABEL - Buffer.byteLength(ending)) + ending;
}

/** The name without ` (OpenClaw)` and without the number of a conflict. */
export function displayNameOf(instance: string): string {
  const at = instance.lastIndexOf(PRODUCT);
  const rest = instance.slice(at + PRODUCT.length);
  return at > 0 && /^( \(\d+\))?$/.test(rest) ? instance.slice(0, at) : instance;
}

/** The label under which a machine is announced: the first of its host name, `openclaw` when that is unusable. */
export function hostLabel(hostName: string): string {
  const [label = ''] = hostName.trim().split('.');
  return /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/i.test(label) && label.length <= MAX_LABEL && label !== 'localhost'
    ? label.toLowerCase()
    : 'openclaw';
}

/** A host name whose labels hold letters, digits, `-` and `_` of any script: safe in a URL and on a command line. */
export function isHostName(text: string): boolean {
  const labels = text.replace(/\.$/, '').split('.');
  return text.length <= 253 && labels.every((label) => label.length <= MAX_LABEL && LABEL.test(label));
}

/** Domain names are equal whatever their case and with or without the last dot. */
export const canonicalName = (name: string): string => name.replace(/\.$/, '').toLowerCase();

/** Resolves `\032` and `\.` of presentation format; the first of them is a byte, so several can be one character. */
export function unescapeName(name: string): string {
  if (!name.includes('\\')) return name;
  const parts = [...name.matchAll(/\\(\d{3})|\\(.)|([^\\]+)/gsu)].map(([, code, escaped, plain]) =>
    code === undefined ? Buffer.from(escaped ?? plain ?? '') : Buffer.from([Number(code) & 255]),
  );
  return Buffer.concat(parts).toString('utf8');
}

/** Text from the network with what could steer a terminal or turn the reading direction replaced by `�`. */
export const plainText = (text: string): string => text.replace(SPECIAL, '\ufffd');

function cutBytes(text: string, bytes: number): string {
  let cut = '';
  for (const character of text) {
    if (Buffer.byteLength(cut + character) > bytes) break;
    cut += character;
  }
  return cut;
}

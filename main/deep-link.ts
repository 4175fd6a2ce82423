/** The scheme of links that lead into the app. */
export const LINK_SCHEME = 'openclaw';

const LONGEST = 1_000;
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]/u;

/** What a link asks for: that a gateway be added, which a person then confirms. It never carries a secret. */
export interface GatewayLinkRequest {
  /** `ws:` or `wss:`, without user, password, path, query and fragment. */
  url: string;
}

/**
 * Reads `openclaw://gateway/add?url=<ws or wss address>`. Anything else is undefined: other parameters, a name or
 * password in the address, characters that nobody sees, too many of them. Anybody can make such a link.
 */
export function parseDeepLink(text: string): GatewayLinkRequest | undefined {
  if (text.length > LONGEST || CONTROL.test(text) || !URL.canParse(text)) return undefined;
  const link = new URL(text);
  const { protocol, host, pathname, hash, username, password, searchParams } = link;
  if (protocol !== `${LINK_SCHEME}:` || host !== 'gateway' || pathname !== '/add') return undefined;
  if (hash !== '' || username !== '' || password !== '') return undefined;
  const [only, ...others] = [...searchParams];
  if (!only || others.length > 0 || only[0] !== 'url') return undefined;
  return addressIn(only[1]);
}

function addressIn(text: string): GatewayLinkRequest | undefined {
  if (CONTROL.test(text) || !/^wss?:\/\/[^/?#@\\]+\/?$/i.test(text) || !URL.canParse(text)) return undefined;
  const { protocol, host, hostname, username, password } = new URL(text);
  const isPlain = username === '' && password === '' && hostname !== '';
  return isPlain && (protocol === 'ws:' || protocol === 'wss:') ? { url: `${protocol}//${host}` } : undefined;
}

/** What came of a link. Of one that is refused nothing is kept: it may hold a secret. */
export type ReceivedLink = GatewayLinkRequest | 'refused';

export const readLink = (text: string): ReceivedLink => parseDeepLink(text) ?? 'refused';

/** The link among the arguments that a system starts the app with; the last one, as browsers put it. */
export const linkAmong = (argv: readonly string[]): ReceivedLink | undefined => {
  const text = argv.findLast((argument) => argument.toLowerCase().startsWith(`${LINK_SCHEME}:`));
  return text === undefined ? undefined : readLink(text);
};

import { asObject, asText, asTexts, valueAt } from '../lib/json.ts';

/** What `tailscale status --json` says of this machine. */
export interface TailscaleFacts {
  /** Of the background service: Running, NeedsLogin, Stopped, Starting … */
  state: string;
  /** Lower case, without the dot at its end; '' without MagicDNS. */
  dnsName: string;
  addresses: string[];
  /** Names it can get certificates for; empty where HTTPS is off. */
  certDomains: string[];
}

/** What listens on one port of this machine's name in the tailnet. */
export interface PortUse {
  /** Path → what answers it: the address it is passed on to, or `file …`, `text`. */
  handlers: Readonly<Record<string, string>>;
  /** Open to the internet. */
  isFunnel: boolean;
  /** Taken for raw TCP, so that no handler can be there. */
  isTcp: boolean;
}

/** Undefined when the text is not what Tailscale prints. */
export function readFacts(text: string): TailscaleFacts | undefined {
  const status = parse(text);
  const state = asText(status?.BackendState);
  if (!status || state === undefined) return undefined;
  const self = asObject(status.Self);
  return {
    state,
    dnsName: (asText(self.DNSName) ?? '').replace(/\.$/, '').toLowerCase(),
    addresses: asTexts(self.TailscaleIPs),
    certDomains: asTexts(status.CertDomains),
  };
}

/** What `tailscale serve status --json` says of a port; undefined when the text is not what Tailscale prints. */
export function readPortUse(text: string, dnsName: string, port: number): PortUse | undefined {
  const status = parse(text.trim() === '' ? '{}' : text);
  if (!status) return undefined;
  const key = `${dnsName}:${port}`;
  const tcp = asObject(asObject(status.TCP)[String(port)]);
  const handlers = asObject(valueAt(asObject(asObject(status.Web)[key]), 'Handlers'));
  return {
    handlers: Object.fromEntries(
      Object.entries(handlers).map(([path, handler]) => [path, answerOf(handler)]),
    ),
    isFunnel: asObject(status.AllowFunnel)[key] === true,
    isTcp: asText(tcp.TCPForward) !== undefined,
  };
}

function answerOf(handler: unknown): string {
  const { Proxy: proxy, Path: path } = asObject(handler);
  return asText(proxy) ?? (asText(path) === undefined ? 'text' : `file ${asText(path)}`);
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return undefined;
  }
}

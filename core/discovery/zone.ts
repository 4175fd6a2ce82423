import { isIP } from 'node:net';
import { SERVICE_TYPE } from './service-name.ts';
import { type GatewayFacts, txtStrings } from './txt-record.ts';

export interface ZoneFacts {
  /** With its last dot. */
  domain: string;
  /** Where name server and gateway are reached, IPv4. */
  address: string;
  address6?: string | undefined;
  gateway: GatewayFacts;
  /** Epoch ms: the serial number is the day. */
  now: number;
}

const TTL = 60;

/** The zone file (RFC 1035) that names one gateway for DNS-SD, ready for any name server. */
export function zoneFile({ domain, address, address6, gateway, now }: ZoneFacts): string {
  const service = SERVICE_TYPE;
  const instance = `${zoneInstance(gateway.hostLabel)}.${service}`;
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '');
  const txt = txtStrings(gateway, 'full').map(quoted).join(' ');
  const lines = [
    `$ORIGIN ${domain}`,
    `$TTL ${TTL}`,
    `@ IN SOA ns1 hostmaster ${day}01 7200 3600 1209600 ${TTL}`,
    '@ IN NS ns1',
    `ns1 IN A ${address}`,
    `${gateway.hostLabel} IN A ${address}`,
    ...(address6 !== undefined && isIP(address6) === 6 ? [`${gateway.hostLabel} IN AAAA ${address6}`] : []),
    `b._dns-sd._udp IN PTR @`,
    `_services._dns-sd._udp IN PTR ${service}`,
    `${service} IN PTR ${instance}`,
    `${instance} IN SRV 0 0 ${gateway.port} ${gateway.hostLabel}`,
    `${instance} IN TXT ${txt}`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `<host>-gateway` as one label. */
const zoneInstance = (host: string): string => `${host.slice(0, 55).replace(/-+$/, '')}-gateway`;

/** A character-string of a zone file; bytes that are no plain ASCII are written as `\ddd`. */
function quoted(text: string): string {
  const escaped = [...Buffer.from(text)].map((byte) => {
    if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`;
    return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

import { probeGateway } from './gateway-probe.ts';
import { findListeners, type Listener, systemPorts } from './port-holder.ts';

/** Ports that are asked at the same time: a silent program takes a second each. */
const AT_ONCE = 32;

/** Gateways that listen on this machine on other ports than `port`, whoever started them; no credential is sent. */
export async function strayGateways(port: number): Promise<Listener[]> {
  const ports = (await systemPorts().ports()).filter((other) => other !== port);
  const signs: boolean[] = [];
  for (let from = 0; from < ports.length; from += AT_ONCE) {
    signs.push(...(await Promise.all(ports.slice(from, from + AT_ONCE).map(isGateway))));
  }
  const found: Listener[] = [];
  // Who it is takes longer to find out than whether it is one at all: meanwhile no other one is kept waiting.
  for (const other of ports.filter((_, index) => signs[index]))
    found.push(...(await findListeners(other)).filter(({ gateway }) => gateway !== undefined));
  return found.sort((one, other) => one.port - other.port);
}

async function isGateway(port: number): Promise<boolean> {
  const signs = await Promise.all(['127.0.0.1', '::1'].map((address) => probeGateway(address, port)));
  return signs.some((sign) => sign !== undefined);
}

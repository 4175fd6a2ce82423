import { probeGateway } from './gateway-probe.ts';
import { findListeners, type Listener, systemPorts } from './port-holder.ts';

/** Ports that are asked at the same time: a silent program takes a second each. */
const AT_ONCE = 32;

/** Gateways that listen on this machine on other ports than `port`, whoever started them; no credential is sent. */
export async function strayGateways(port: number): Promise<Listener[]> {
  const ports = (await systemPorts().ports()).filter((other) => other !== port);
  const found: Listener[] = [];
  for (let from = 0; from < ports.length; from += AT_ONCE) {
    const batch = ports.slice(from, from + AT_ONCE);
    const listeners = await Promise.all(batch.map(gatewaysAt));
    found.push(...listeners.flat());
  }
  return found.sort((one, other) => one.port - other.port);
}

/** Who it is takes longer to find out than whether it is one at all. */
async function gatewaysAt(port: number): Promise<Listener[]> {
  const signs = await Promise.all(['127.0.0.1', '::1'].map((address) => probeGateway(address, port)));
  if (signs.every((sign) => sign === undefined)) return [];
  return (await findListeners(port)).filter(({ gateway }) => gateway !== undefined);
}

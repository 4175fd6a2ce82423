import { hostname, networkInterfaces, release } from 'node:os';
import type { HostFacts } from '../server/live-state.ts';

const FAMILIES: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Mac',
  win32: 'Windows',
  linux: 'Linux',
};

/** What this machine is called and where it is on the network. */
export function hostFacts(env: NodeJS.ProcessEnv): HostFacts {
  const name = hostname() || 'unknown';
  const aliases = [name.split('.')[0], env.OPENCLAW_TAILNET_DNS, env.OPENCLAW_MDNS_HOSTNAME];
  return {
    name,
    ip: outwardAddresses()[0],
    platform: `${process.platform} ${release()}`,
    deviceFamily: FAMILIES[process.platform] ?? process.platform,
    modelIdentifier: process.arch,
    aliases: aliases.filter((alias): alias is string => Boolean(alias)),
  };
}

/** IPv4 addresses of this machine that others may reach. */
export function outwardAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((rows) => rows ?? [])
    .filter((row) => row.family === 'IPv4' && !row.internal)
    .map((row) => row.address);
}

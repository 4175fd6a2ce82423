import { hostname } from 'node:os';
import { ownProgram } from '../lib/own-program.ts';
import { hostLabel } from './service-name.ts';
import type { GatewayFacts } from './txt-record.ts';

/** What is said of this machine, whoever the gateway is. */
export function machineFacts(env: NodeJS.ProcessEnv): Omit<GatewayFacts, 'port' | 'isReachable'> {
  const name = env.OPENCLAW_MDNS_HOSTNAME?.trim() || hostname();
  const sshPort = Number(env.OPENCLAW_SSH_PORT?.trim() || 22);
  return {
    hostLabel: hostLabel(name),
    displayName: name.split('.')[0] || 'openclaw',
    sshPort: sshPort >= 1 && sshPort <= 65_535 ? Math.floor(sshPort) : 22,
    cliPath: env.OPENCLAW_CLI_PATH?.trim() || ownProgram(process),
    tailnetDns: env.OPENCLAW_TAILNET_DNS?.trim() || undefined,
  };
}

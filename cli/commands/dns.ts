import type { Command } from 'commander';
import { addGroup, addLeaf, type Run, withExamples } from '../declare.ts';
import { acceptQueryOptions } from '../options.ts';

export interface DnsSetupFlags {
  domain?: string;
  address?: string;
  json?: boolean;
}

/** `openclaw dns …`: gateways in networks that multicast does not reach. */
export function addDnsCommands(program: Command, run: Run): void {
  const dns = acceptQueryOptions(addGroup(program, 'dns', 'Let other networks find the gateway by DNS'));
  const setup = addLeaf(dns, 'setup', 'Show the DNS records for wide-area discovery; changes nothing')
    .option('--domain <domain>', 'Domain for them (otherwise discovery.wideArea.domain, openclaw.internal)')
    .option('--address <ip>', 'Address of this machine (otherwise its Tailscale address)')
    .option('--json', 'Print JSON, and nothing but JSON')
    .action(run(() => import('../actions/dns-setup.ts').then((module) => module.dnsSetup)));
  withExamples(setup, [
    ['openclaw dns setup', 'The records, and how to use them.'],
    ['openclaw dns setup --json | jq -r .zone', 'Only the records.'],
  ]);
}

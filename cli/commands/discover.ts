import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { parseCount } from '../options.ts';

export interface DiscoverFlags {
  /** Milliseconds. */
  timeout: number;
  domain?: string;
  dnsServer?: string;
  json?: boolean;
}

/** `openclaw gateway discover`: who announces itself nearby, and in the wide-area domain. */
export function addDiscoverCommand(gateway: Command, run: Run): void {
  const discover = addLeaf(gateway, 'discover', 'Find gateways on the local network and in a DNS domain')
    .addOption(
      new Option('--timeout <ms>', 'How long to listen in ms')
        .default(2000)
        .argParser(parseCount('--timeout', 600_000)),
    )
    .option('--domain <domain>', 'Wide-area domain to ask (otherwise discovery.wideArea.domain)')
    .option('--dns-server <address>', 'Name server to ask for it, such as 100.64.0.1 or 127.0.0.1:5300')
    .option('--json', 'Print JSON, and nothing but JSON')
    .action(run(() => import('../actions/discover.ts').then((module) => module.gatewayDiscover)));
  withExamples(discover, [
    ['openclaw gateway discover --timeout 4000', 'Listen a little longer.'],
    [`openclaw gateway discover --json | jq -r '.beacons[].wsUrl'`, 'Only the addresses.'],
  ]);
}

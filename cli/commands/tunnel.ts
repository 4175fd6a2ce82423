import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { parsePortOf } from '../options.ts';

export interface TunnelFlags {
  sshIdentity?: string;
  localPort?: number;
  remotePort?: number;
  json?: boolean;
  acceptHostKey?: string[];
  acceptGateway?: string;
  trustHost?: boolean;
}

const collect = (text: string, before: string[] = []): string[] => [...before, text];
const port = (flag: string, explanation: string): Option =>
  new Option(`${flag} <port>`, explanation).argParser(parsePortOf(flag));

/** `openclaw tunnel`: a gateway behind SSH, at a port of this machine. */
export function addTunnelCommand(program: Command, run: Run): void {
  const tunnel = addLeaf(program, 'tunnel', 'Keep a gateway behind SSH at a port of this machine', [
    ['[target]', 'user@host or user@host:port; gateway.remote.sshTarget when absent'],
  ])
    .option('--ssh-identity <path>', 'The private key to log in with')
    .addOption(port('--local-port', 'Listen here (a free port when absent)'))
    .addOption(port('--remote-port', 'Where the gateway listens on the host (18789 when absent)'))
    .addOption(
      new Option(
        '--accept-host-key <fingerprint>',
        'Trust the host that shows this key (SHA256:…); may be repeated',
      ).argParser(collect),
    )
    .option('--accept-gateway <id>', 'Trust the gateway that proves to be this one')
    .option('--trust-host', 'Go on although the gateway cannot prove which one it is')
    .option('--json', 'Print JSON, one object a line');
  tunnel.action(run(() => import('../actions/tunnel.ts').then((module) => module.tunnel)));
  withExamples(tunnel, [
    ['openclaw tunnel ann@box', 'Keep the gateway of box at hand until Ctrl-C.'],
    ['openclaw tunnel ann@box:2222 --local-port 18790', 'Another SSH port; always the same local port.'],
  ]);
}

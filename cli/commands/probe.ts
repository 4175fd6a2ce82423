import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addTargetOptions, parsePortOf, parseTimeout } from '../options.ts';

/** `openclaw gateway probe`: every gateway this computer knows a way to, side by side. */
export function addProbeCommand(gateway: Command, run: Run): void {
  const probe = addLeaf(gateway, 'probe', 'Look at every gateway there is a way to, and change nothing')
    .option('--ssh <target>', 'Also through SSH to user@host or user@host:port')
    .option('--ssh-identity <path>', 'The private key to log in with')
    .option('--ssh-auto', 'Also through SSH to the first gateway that is found on the network')
    .addOption(
      new Option(
        '--remote-port <port>',
        'Where the gateway listens behind SSH (18789 when absent)',
      ).argParser(parsePortOf('--remote-port')),
    )
    .option('--verbose', 'Show where the time went')
    .addOption(
      new Option('--timeout <ms>', 'Time for each gateway in ms').default(3000).argParser(parseTimeout),
    );
  addTargetOptions(probe).action(
    run(() => import('../actions/gateway-probe.ts').then((module) => module.gatewayProbe)),
  );
  withExamples(probe, [
    ['openclaw gateway probe', 'The configured one, and that of this computer.'],
    ['openclaw gateway probe --ssh ann@box', 'Also the one behind SSH.'],
    [`openclaw gateway probe --json | jq '.targets[].verdict'`, 'What is wrong with each, for a script.'],
  ]);
}

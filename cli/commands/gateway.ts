import { type Command, Option } from 'commander';
import { addLeaf, type Branch, grow, type Run, withExamples } from '../declare.ts';
import { acceptQueryOptions, addQueryOptions, parseCount } from '../options.ts';
import { addDiscoverCommand } from './discover.ts';
import { addOperateCommands } from './operate.ts';
import { addProbeCommand } from './probe.ts';
import { addRunOptions } from './run-options.ts';
import { addServiceCommands } from './service.ts';

const BRANCHES: readonly Branch[] = [
  [['health'], addHealth],
  [['call'], addCall],
  [['usage-cost'], addUsageCost],
  [['status', 'wait-ready'], addOperateCommands],
  [['discover'], addDiscoverCommand],
  [['install', 'start', 'stop', 'restart', 'uninstall'], addServiceCommands],
  [['probe'], addProbeCommand],
];

/** `openclaw gateway …`; without a further word it is `openclaw gateway run`. */
export function addGatewayCommands(program: Command, run: Run, word = ''): void {
  const runGateway = run(() => import('../actions/gateway-run.ts').then((module) => module.gatewayRun));
  const gateway = foreground(program.command('gateway'), 'Run, inspect, and query the gateway')
    .helpCommand('help [command]', 'Show help for a command')
    .enablePositionalOptions()
    .action(runGateway);
  acceptQueryOptions(gateway);
  withExamples(gateway, [
    ['openclaw gateway', 'The same as openclaw gateway run.'],
    ['openclaw gateway run --port 19001 --verbose', 'Run in the foreground and say more.'],
    ['openclaw gateway call status', 'Call a method of the running gateway.'],
  ]);
  const addRun = (): void => {
    withExamples(foreground(gateway.command('run'), 'Run the gateway in the foreground').action(runGateway), [
      ['openclaw gateway run --allow-unconfigured', 'Try it without a configuration.'],
      ['openclaw gateway run --dev', 'A gateway for experiments, with files of its own.'],
      ['openclaw gateway run --bind lan --password-file ~/.gateway', 'Let the local network in.'],
    ]);
  };
  grow(gateway, run, [[['run'], addRun], ...BRANCHES], [word]);
}

function foreground(command: Command, summary: string): Command {
  command.description(summary).helpOption('-h, --help', 'Show help').allowExcessArguments(false);
  addRunOptions(command);
  return command;
}

function addHealth(gateway: Command, run: Run): void {
  const health = addLeaf(gateway, 'health', 'Ask the gateway how it is');
  addQueryOptions(health, { expectFinal: true }).action(
    run(() => import('../actions/gateway-query.ts').then((module) => module.gatewayHealth)),
  );
  withExamples(health, [
    ['openclaw gateway health', 'The gateway of this machine.'],
    [
      'openclaw gateway health --url wss://gateway.example --token "$TOKEN" --json',
      'Another one, for a script.',
    ],
  ]);
}

function addCall(gateway: Command, run: Run): void {
  const args = [['<method>', 'Method, such as health, status or logs.tail']] as const;
  const call = addLeaf(gateway, 'call', 'Call a method of the gateway', args).option(
    '--params <json>',
    'Parameters as JSON',
    '{}',
  );
  addQueryOptions(call, { expectFinal: true }).action(
    run(() => import('../actions/gateway-query.ts').then((module) => module.gatewayCall)),
  );
  withExamples(call, [
    ['openclaw gateway call status', 'A method without parameters.'],
    [`openclaw gateway call logs.tail --params '{"sinceMs": 60000}'`, 'The log lines of the last minute.'],
  ]);
}

function addUsageCost(gateway: Command, run: Run): void {
  const usage = addLeaf(gateway, 'usage-cost', 'Show what the models have used and cost')
    .addOption(
      new Option('--days <count>', 'How many days, up to today')
        .default(30)
        .argParser(parseCount('--days', 3650)),
    )
    .option('--agent <id>', 'Only one agent')
    .option('--all-agents', 'All agents together');
  addQueryOptions(usage, { expectFinal: true }).action(
    run(() => import('../actions/usage-cost.ts').then((module) => module.usageCost)),
  );
}

import { type Command, Option } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addQueryOptions, addTargetOptions, parseTimeout } from '../options.ts';

/** `gateway status` and `gateway wait-ready`: how is it, and tell me when it is well. */
export function addOperateCommands(gateway: Command, run: Run): void {
  addStatus(gateway, run);
  addWaitReady(gateway, run);
}

function addWaitReady(gateway: Command, run: Run): void {
  const wait = addLeaf(gateway, 'wait-ready', 'Wait until the gateway answers');
  addTargetOptions(wait)
    .addOption(new Option('--timeout <ms>', 'How long to wait in ms').default(60_000).argParser(parseTimeout))
    .action(run(() => import('../actions/gateway-wait-ready.ts').then((module) => module.gatewayWaitReady)));
  withExamples(wait, [
    ['openclaw gateway wait-ready --timeout 30000', 'For a script: exit 0 as soon as it answers, or 1.'],
  ]);
}

function addStatus(gateway: Command, run: Run): void {
  const status = addLeaf(gateway, 'status', 'Show the service, and whether the gateway answers')
    .option('--no-probe', 'Do not ask the gateway, show the service only')
    .option('--deep', 'Look for services of the system and for stray gateways too')
    .option('--require-rpc', 'Fail (exit 1) unless the gateway answers; not with --no-probe')
    .option('--verbose', 'Show where the time went');
  addQueryOptions(status).action(
    run(() => import('../actions/gateway-status.ts').then((module) => module.gatewayStatus)),
  );
  withExamples(status, [
    ['openclaw gateway status', 'What is wrong, and what mends it.'],
    ['openclaw gateway status --require-rpc --json', 'For a script: exit 1 unless it answers.'],
  ]);
}

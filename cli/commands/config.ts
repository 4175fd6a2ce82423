import { type Command, Option } from 'commander';
import { addGroup, addLeaf, type Run, withExamples } from '../declare.ts';

const JSON_FLAG = ['--json', 'Print JSON, and nothing but JSON'] as const;

/** `openclaw config …`: works on the file itself, so it needs no running gateway. */
export function addConfigCommands(program: Command, run: Run): void {
  const config = addGroup(program, 'config', 'Read and change the configuration file');
  withExamples(config, [
    ['openclaw config get gateway', 'Show a part of it; secrets are hidden.'],
    ['openclaw config set gateway.mode local', 'Change one value; comments and order stay.'],
    ['openclaw config validate', 'See whether a gateway would accept it.'],
  ]);
  config.addOption(new Option(...JSON_FLAG).hideHelp());
  addReaders(config, run);
  addWriters(config, run);
}

function addReaders(config: Command, run: Run): void {
  addLeaf(config, 'get', 'Print a value, or everything; secrets are hidden', [
    ['[path]', 'Keys with dots, such as gateway.port; everything when left out'],
  ])
    .option(...JSON_FLAG)
    .action(run(() => import('../actions/config-read.ts').then((module) => module.configGet)));
  addLeaf(config, 'file', 'Print the path of the configuration file')
    .option(...JSON_FLAG)
    .action(run(() => import('../actions/config-read.ts').then((module) => module.configFile)));
  addLeaf(config, 'validate', 'Check the configuration file')
    .option(...JSON_FLAG)
    .action(run(() => import('../actions/config-validate.ts').then((module) => module.configValidate)));
}

function addWriters(config: Command, run: Run): void {
  const set = addLeaf(config, 'set', 'Set a value; comments and order of the file stay', [
    ['<path>', 'Keys with dots, such as gateway.port'],
    ['<value>', 'JSON5, or text; - reads it from stdin'],
  ])
    .option('--strict-json', 'The value must be JSON; without it, what is not JSON is taken as text')
    .option('--json', 'As --strict-json, and print the result as JSON')
    .action(run(() => import('../actions/config-write.ts').then((module) => module.configSet)));
  withExamples(set, [
    ['openclaw config set gateway.port 19001', 'A number.'],
    [
      'openclaw config set gateway.auth.password - < ~/password.txt',
      'A secret, without showing it to process listings.',
    ],
    [`openclaw config set gateway.trustedProxies '["10.0.0.1"]' --strict-json`, 'A list.'],
  ]);
  addLeaf(config, 'unset', 'Remove a value; comments and order of the file stay', [
    ['<path>', 'Keys with dots, such as gateway.port'],
  ])
    .option(...JSON_FLAG)
    .action(run(() => import('../actions/config-write.ts').then((module) => module.configUnset)));
}

import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { commandPath } from './merge-options.ts';
import { buildProgram } from './program.ts';
import { runInMemory } from './testing/memory-cli.ts';

const BRANCHES = [
  'gateway',
  'agent',
  'chat',
  'sessions',
  'approvals',
  'devices',
  'config',
  'dns',
  'logs',
  'tunnel',
  'completion',
];
const everyCommand = (command: Command): Command[] => [command, ...command.commands.flatMap(everyCommand)];
const tree = everyCommand(buildProgram(() => async () => {}));
const paths = tree.map((command) => [commandPath(command).split(' ').slice(1)]);

test('the tree holds the commands of the manual', () => {
  expect(tree.map(commandPath)).toEqual([
    'openclaw',
    'openclaw gateway',
    'openclaw gateway run',
    'openclaw gateway health',
    'openclaw gateway call',
    'openclaw gateway usage-cost',
    'openclaw gateway status',
    'openclaw gateway wait-ready',
    'openclaw gateway discover',
    'openclaw gateway install',
    'openclaw gateway start',
    'openclaw gateway stop',
    'openclaw gateway restart',
    'openclaw gateway uninstall',
    'openclaw gateway probe',
    'openclaw agent',
    'openclaw chat',
    'openclaw sessions',
    'openclaw sessions list',
    'openclaw sessions show',
    'openclaw sessions search',
    'openclaw sessions reset',
    'openclaw sessions delete',
    'openclaw sessions rename',
    'openclaw sessions abort',
    'openclaw approvals',
    'openclaw approvals list',
    'openclaw approvals approve',
    'openclaw approvals deny',
    'openclaw devices',
    'openclaw devices list',
    'openclaw devices approve',
    'openclaw devices reject',
    'openclaw devices remove',
    'openclaw devices rotate',
    'openclaw devices revoke',
    'openclaw config',
    'openclaw config get',
    'openclaw config file',
    'openclaw config validate',
    'openclaw config set',
    'openclaw config unset',
    'openclaw dns',
    'openclaw dns setup',
    'openclaw logs',
    'openclaw tunnel',
    'openclaw doctor',
    'openclaw completion',
  ]);
});

test.each(paths)('help of %j fits 80 columns, names every option, and goes to stdout', async (path) => {
  const { exitCode, stdout, stderr } = await runInMemory([...path, '--help']);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80);
  const command = tree.find((candidate) => commandPath(candidate) === ['openclaw', ...path].join(' '));
  for (const option of command?.options ?? []) {
    if (!option.hidden) expect(stdout).toContain(option.long);
  }
  expect(stdout).toContain('Global options:');
});

test('every command and every option says what it is for', () => {
  for (const command of tree) {
    expect(command.description(), commandPath(command)).not.toBe('');
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
    for (const argument of command.registeredArguments) expect(argument.description).not.toBe('');
  }
});

test('gateway and gateway run take every flag of the manual', () => {
  const flags = [
    '--port --bind --auth --token --password --password-file --tailscale --tailscale-reset-on-exit',
    '--allow-unconfigured --dev --reset --force --verbose --cli-backend-logs --claude-cli-logs --ws-log',
    '--compact --raw-stream --raw-stream-path',
  ]
    .join(' ')
    .split(' ');
  for (const path of ['openclaw gateway', 'openclaw gateway run']) {
    const command = tree.find((candidate) => commandPath(candidate) === path);
    const visible = command?.options.filter((option) => !option.hidden).map((option) => option.long);
    expect(visible).toEqual(expect.arrayContaining(flags));
  }
});

test('a command that grows alone is the same as in the whole tree', () => {
  for (const command of tree) {
    const path = commandPath(command);
    const alone = everyCommand(buildProgram(() => async () => {}, {}, path.split(' ').slice(1)));
    const same = alone.find((candidate) => commandPath(candidate) === path);
    if (command.commands.length === 0) expect(same?.helpInformation()).toBe(command.helpInformation());
    else expect(same?.options.map(({ flags }) => flags)).toEqual(command.options.map(({ flags }) => flags));
  }
});

test.each([[['--version']], [['-V']]])('%j prints the version', async (argv) => {
  const { exitCode, stdout } = await runInMemory(argv);
  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^OpenClaw Tray \d{4}\.\d+\.\d+\n$/);
});

test.each([[[]], [['help']], [['--help']]])('%j shows what there is', async (argv) => {
  const { exitCode, stdout } = await runInMemory(argv);
  expect(exitCode).toBe(0);
  for (const word of BRANCHES) expect(stdout).toContain(`  ${word}`);
});

test('help of a command can be asked for in four ways', async () => {
  const { stdout } = await runInMemory(['gateway', 'call', '--help']);
  expect((await runInMemory(['gateway', 'help', 'call'])).stdout).toBe(stdout);
  expect((await runInMemory(['gateway', 'call', '-h'])).stdout).toBe(stdout);
  expect((await runInMemory(['help', 'gateway', 'call'])).stdout).toBe(stdout);
});

test('options for every command stand behind everything else but the examples', async () => {
  for (const path of [[], ['gateway'], ['devices'], ['config', 'set']]) {
    const { stdout } = await runInMemory([...path, '--help']);
    const headings = stdout.match(/^[A-Z][a-z]+( [a-z]+)?:$/gm) ?? [];
    expect(headings.slice(-2)).toEqual(['Global options:', 'Examples:']);
    expect(stdout).toMatch(/\n\nGlobal options:\n/);
    expect(stdout).not.toContain('\n\n\n');
  }
});

test.each([[['--json', 'config', 'file']], [['config', '--json', 'file']], [['config', 'file', '--json']]])(
  '%j prints JSON: options may stand before the name of a command',
  async (argv) => {
    const { stdout } = await runInMemory(argv);
    expect(JSON.parse(stdout)).toHaveProperty('path');
  },
);

test('the examples of logs choose what they print from', async () => {
  expect((await runInMemory(['logs', '--help'])).stdout).toContain(
    `openclaw logs --json | jq -r 'select(.type=="log").message'`,
  );
});

test('--force is said to end a gateway, and nothing else', async () => {
  const { stdout } = await runInMemory(['gateway', 'run', '--help']);
  expect(stdout.replace(/\s+/g, ' ')).toContain(
    '--force First end the gateway that listens on the port; other programs are left alone',
  );
});

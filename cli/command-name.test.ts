import { expect, test } from 'vitest';
import { commandName } from './command-name.ts';
import { memoryCli, runInMemory } from './testing/memory-cli.ts';

test.each([
  [{ dev: false }, {}, 'openclaw'],
  [{ dev: true }, {}, 'openclaw --dev'],
  [{ dev: false, profile: 'work' }, {}, 'openclaw --profile work'],
  [{ dev: true }, { OPENCLAW_CLI_NAME: 'node dist/openclaw.cjs' }, 'node dist/openclaw.cjs --dev'],
  [{ dev: false }, { OPENCLAW_CLI_NAME: ' ' }, 'openclaw'],
])('of %j with %j is %s', (globals, env, name) => {
  expect(commandName({ cli: memoryCli([], { env }), globals })).toBe(name);
});

test.each([
  [['gateway', 'frobnicate'], 'Try: node x.cjs gateway --help'],
  [['gateway', '--port', '1', 'health', '--nope'], 'Try: node x.cjs gateway health --help'],
  [['--port', '1', 'config', 'file'], 'Try: node x.cjs config file --help'],
  [['setup'], 'Here it is: node x.cjs config set gateway.mode local'],
  [['--dev', 'gateway', '--url', 'x'], 'Try: node x.cjs --dev gateway health --url'],
])('%j shows commands with the name this program was started by', async (argv, line) => {
  const { stderr } = await runInMemory(argv, { env: { OPENCLAW_CLI_NAME: 'node x.cjs' } });
  expect(stderr.split('\n')).toContain(line);
});

import { expect, test } from 'vitest';
import { runInMemory } from './testing/memory-cli.ts';

test.each([
  [
    ['gateway', 'frobnicate'],
    'OpenClaw gateway has no command "frobnicate".\nTry: openclaw gateway --help\n',
  ],
  [['frobnicate'], 'OpenClaw has no command "frobnicate".\nTry: openclaw --help\n'],
  [
    ['devices', 'aprove'],
    'OpenClaw devices has no command "aprove".\nDid you mean "approve"?\nTry: openclaw devices --help\n',
  ],
  [
    ['status', '--deep'],
    'OpenClaw has no command "status".\nHere it is: openclaw gateway status\nTry: openclaw --help\n',
  ],
  [
    ['onboard', '--mode', 'local'],
    'OpenClaw has no command "onboard".\nHere it is: openclaw config set gateway.mode local\nTry: openclaw --help\n',
  ],
  [
    ['gateway', 'call', ''],
    'Gateway call failed: the method is empty. Name one, such as health or status.\n',
  ],
  [
    ['--profile', '', 'gateway', 'health'],
    'Invalid --profile. Use letters, digits, "-" and "_" only, at most 64 of them,\nfor example work.\n',
  ],
  [['gateway', '--ws-log', 'full', '--compact'], 'Use either --ws-log full or --compact.\n'],
  [['help', 'gateway', 'cal'], expect.stringContaining('OpenClaw gateway has no command "cal".\n')],
  [['gateway', 'call'], 'Missing required argument "method".\nTry: openclaw gateway call --help\n'],
  [
    ['gateway', 'health', '--url'],
    'Option "--url <url>" needs a value.\nTry: openclaw gateway health --help\n',
  ],
  [
    ['gateway', 'health', '--jsn'],
    'Unknown option "--jsn".\nDid you mean "--json"?\nTry: openclaw gateway health --help\n',
  ],
  [
    ['gateway', 'health', 'now'],
    'Too many arguments: openclaw gateway health takes 0, got 1.\nTry: openclaw gateway health --help\n',
  ],
  [['completion', 'tcsh'], 'Invalid <shell>. Use "bash", "zsh", "fish", or "powershell".\n'],
])('%j is told on stderr with the next step, and ends with 1', async (argv, stderr) => {
  expect(await runInMemory(argv)).toEqual({ exitCode: 1, stdout: '', stderr });
});

test('a value that sticks to an unknown option is not repeated', async () => {
  const { stderr } = await runInMemory(['config', 'file', '--token=hunter2']);
  expect(stderr).toContain('Unknown option "--token".');
  expect(stderr).not.toContain('hunter2');
});

test('options of questions are refused by gateway run', async () => {
  const { stderr, exitCode } = await runInMemory(['gateway', '--url', 'ws://127.0.0.1:1']);
  expect(stderr).toBe(
    '--url is for questions to a gateway, not for running one.\nTry: openclaw gateway health --url\n',
  );
  expect(exitCode).toBe(1);
});

test.each([
  [['gateway', 'frobnicate', '--json']],
  [['gateway', '--json', 'frobnicate']],
  [['gateway', 'call', '--json']],
  [['gateway', 'health', '--json', '--timeout', 'x']],
  [['gateway', 'health', '--nope', '--json']],
  [['gateway', '--json']],
  [['devices', '--json']],
  [['nope', '--json']],
])('under --json %j prints one JSON document and nothing else', async (argv) => {
  const { exitCode, stdout, stderr } = await runInMemory(argv);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    ok: false,
    error: { type: 'bad_argument', code: 'BAD_ARGUMENT' },
  });
});

test('what follows -- is not an option', async () => {
  const { stdout } = await runInMemory(['gateway', 'frobnicate', '--', '--json']);
  expect(stdout).toBe('');
});

test('a group without a command shows its help on stderr and ends with 1', async () => {
  const { exitCode, stdout, stderr } = await runInMemory(['devices']);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  expect(stderr).toContain('Usage: openclaw devices');
  expect(stderr).toContain('openclaw devices needs a command.');
});

test('options of questions are refused by gateway run also when they stand before it', async () => {
  const { stderr } = await runInMemory(['--timeout', '5', 'gateway']);
  expect(stderr).toContain('--timeout is for questions to a gateway, not for running one.');
});

test.each([
  [['gateway', 'call'], '缺少必需的参数 "method"。\n试试：openclaw gateway call --help\n'],
  [
    ['gateway', 'health', '--jsn'],
    '未知选项 "--jsn"。\n是否想输入 "--json"？\n试试：openclaw gateway health --help\n',
  ],
  [['gateway', 'health', '--port', 'x'], '--port 无效。请使用 1 到 65535 的端口号，例如 18789。\n'],
  [['frobnicate'], 'OpenClaw 没有命令 "frobnicate"。\n试试：openclaw --help\n'],
  [['config', 'get', 'a..b'], expect.stringMatching(/^"a\.\.b" 不是配置路径。/)],
])('%j is told in Chinese to whoever reads it, and in English under --json', async (argv, stderr) => {
  expect(await runInMemory(['--lang', 'zh-CN', ...argv])).toEqual({ exitCode: 1, stdout: '', stderr });
  const env = { LC_ALL: 'zh_CN.UTF-8' };
  expect(await runInMemory(argv, { env })).toEqual({ exitCode: 1, stdout: '', stderr });
  const { stdout } = await runInMemory([...argv, '--json'], { env });
  expect(stdout).not.toMatch(/\p{sc=Han}/u);
});

test('a language that nobody speaks is refused in that of the environment', async () => {
  const { stderr } = await runInMemory(['--lang', 'xx', 'config', 'file'], { env: { LANG: 'zh_CN' } });
  expect(stderr).toBe('--lang 无效。可用："en" 或 "zh-CN"。\n');
});

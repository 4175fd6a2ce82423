import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { type MergedOptions, mergeOptions } from './merge-options.ts';
import { buildProgram } from './program.ts';

/** What a command line means, without doing it. */
async function meaning(...argv: string[]): Promise<MergedOptions & { path: string }> {
  let found: (MergedOptions & { path: string }) | undefined;
  const program = buildProgram(() => async (...parsed) => {
    const command = parsed.at(-1) as Command;
    found = { ...mergeOptions(command), path: `${command.parent?.name()} ${command.name()}` };
  });
  program.exitOverride();
  await program.parseAsync(argv, { from: 'user' });
  if (!found) throw new Error('no command ran');
  return found;
}

test.each([
  [['gateway', 'health', '--token', 't', '--timeout', '5', '--json']],
  [['gateway', '--token', 't', 'health', '--json', '--timeout', '5']],
  [['gateway', '--json', '--timeout', '5', '--token', 't', 'health']],
])('a query option may stand before and after the name of the command: %j', async (argv) => {
  const { options, path } = await meaning(...argv);
  expect(path).toBe('gateway health');
  expect(options).toMatchObject({ token: 't', timeout: 5, json: true });
});

test('the option closest to the end wins', async () => {
  expect((await meaning('gateway', '--port', '1000', 'health', '--port', '2000')).options.port).toBe(2000);
});

test.each([
  [['--profile', 'work', 'gateway', 'health']],
  [['gateway', '--profile', 'work', 'health']],
  [['gateway', 'health', '--profile', 'work']],
])('a profile may stand anywhere: %j', async (argv) => {
  expect((await meaning(...argv)).globals).toEqual({ profile: 'work', dev: false });
});

test.each([
  [['--no-color', 'devices', 'list']],
  [['devices', '--no-color', 'list']],
  [['devices', 'list', '--no-color']],
])('so may --no-color: %j', async (argv) => {
  expect((await meaning(...argv)).color).toBe(false);
});

test('--dev means the profile dev before and after a question', async () => {
  for (const argv of [
    ['--dev', 'gateway', 'health'],
    ['gateway', '--dev', 'health'],
    ['gateway', 'health', '--dev'],
  ]) {
    expect((await meaning(...argv)).globals.dev).toBe(true);
  }
});

test('--dev of gateway run is a flag of its own, and only openclaw --dev is the profile', async () => {
  const flag = await meaning('gateway', 'run', '--dev');
  expect([flag.globals.dev, flag.options.dev]).toEqual([false, true]);
  const profile = await meaning('--dev', 'gateway', 'run');
  expect([profile.globals.dev, profile.options.dev]).toEqual([true, undefined]);
  const both = await meaning('--dev', 'gateway', '--dev');
  expect([both.globals.dev, both.options.dev]).toEqual([true, true]);
});

test('--profile and --dev contradict each other', async () => {
  await expect(meaning('--dev', 'gateway', 'health', '--profile', 'work')).rejects.toThrow(
    'Use either --profile or --dev.',
  );
});

test('an option of gateway run before another command is refused', async () => {
  await expect(meaning('gateway', '--verbose', 'health')).rejects.toThrow(
    'Unknown option "--verbose".\nTry: openclaw gateway health --help',
  );
});

test('--scope may be repeated and does not swallow the device id', async () => {
  const { options } = await meaning('devices', 'rotate', '--scope', 'a', '--scope', 'b', 'device');
  expect(options.scope).toEqual(['a', 'b']);
});

test.each([
  ['zh', 'zh-CN'],
  ['zh_CN.UTF-8', 'zh-CN'],
  ['en', 'en'],
])('--lang %s speaks %s', async (tag, language) => {
  expect((await meaning('gateway', 'health', '--lang', tag)).globals.lang).toBe(language);
});

test('a language that nothing is written in is refused', async () => {
  await expect(meaning('--lang', 'fr', 'gateway', 'health')).rejects.toThrow(
    'Invalid --lang. Use "en" or "zh-CN".',
  );
});

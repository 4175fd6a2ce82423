import { expect, test } from 'vitest';
import { contract } from '../../core/protocol/contract.ts';
import { buildProgram } from '../program.ts';
import { runInMemory } from '../testing/memory-cli.ts';
import { wordTree } from './word-tree.ts';

const nodes = wordTree(
  buildProgram(() => async () => {}),
  { 'openclaw gateway call': Object.keys(contract) },
);
const node = (path: string) => nodes.find((candidate) => candidate.path === path);

test('every command of the program is a node with its words', () => {
  expect(node('openclaw')?.commands.map(({ word }) => word)).toEqual([
    'gateway',
    'agent',
    'chat',
    'sessions',
    'approvals',
    'devices',
    'config',
    'logs',
    'tunnel',
    'completion',
  ]);
  expect(node('openclaw config')?.commands.map(({ word }) => word)).toEqual([
    'get',
    'file',
    'validate',
    'set',
    'unset',
  ]);
});

test('gateway call offers every method of the contract', () => {
  expect(node('openclaw gateway call')?.values).toEqual(Object.keys(contract));
});

test('a flag knows its short form, its values and whether it takes one', () => {
  const flags = node('openclaw logs')?.flags ?? [];
  expect(flags.find(({ words }) => words.includes('-f'))).toMatchObject({
    words: ['-f', '--follow'],
    takesValue: false,
  });
  expect(flags.find(({ words }) => words.includes('--level'))).toMatchObject({
    takesValue: true,
    values: ['fatal', 'error', 'warn', 'info', 'debug', 'trace'],
  });
});

test.each([['bash'], ['zsh'], ['fish'], ['powershell']])(
  'the script for %s knows every command and flag',
  async (shell) => {
    const { exitCode, stdout, stderr } = await runInMemory(['completion', shell]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    for (const { path, flags } of nodes) {
      expect(stdout).toContain(path);
      for (const { words } of flags)
        for (const word of words) expect(stdout).toContain(word.replace(/^--?/, ''));
    }
    expect(stdout).toContain('device.pair.approve');
  },
);

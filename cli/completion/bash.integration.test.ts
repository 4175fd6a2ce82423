import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { runInMemory } from '../testing/memory-cli.ts';

const run = promisify(execFile);

/** What bash would offer with the cursor behind the last of `words`. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout: script } = await runInMemory(['completion', 'bash']);
  const line = ['openclaw', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `${script}
COMP_WORDS=(${line})
COMP_CWORD=${words.length}
_openclaw
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await run('bash', ['--norc', '-c', ask]);
  return stdout.split('\n').filter((word) => word !== '');
}

describe.runIf(process.platform !== 'win32')('bash offers', () => {
  test('the commands that begin like the word at the cursor', async () => {
    expect(await offered('ga')).toEqual(['gateway']);
    expect(await offered('gateway', 'c')).toEqual(['call']);
    expect(await offered('devices', 're')).toEqual(['reject', 'remove', 'revoke']);
  });

  test('the methods of the gateway to gateway call, also behind options', async () => {
    expect(await offered('gateway', 'call', 'device.')).toContain('device.pair.approve');
    expect(await offered('gateway', '--port', '1', 'call', '--json', 'logs')).toEqual(['logs.tail']);
  });

  test('the flags of the command, and the values a flag takes', async () => {
    expect(await offered('gateway', 'health', '--t')).toEqual(['--token', '--timeout']);
    expect(await offered('gateway', 'run', '--bind', '')).toEqual([
      'loopback',
      'lan',
      'tailnet',
      'auto',
      'custom',
    ]);
    expect(await offered('completion', '')).toEqual(
      expect.arrayContaining(['bash', 'zsh', 'fish', 'powershell']),
    );
  });

  test('files, that is nothing of its own, for a flag with a free value', async () => {
    expect(await offered('gateway', 'run', '--password-file', '')).toEqual([]);
  });

  test('flags only to whoever begins one', async () => {
    expect(await offered('gateway', '')).toEqual(
      expect.arrayContaining(['run', 'health', 'call', 'usage-cost', 'install']),
    );
    expect((await offered('gateway', '')).filter((word) => word.startsWith('-'))).toEqual([]);
    expect(await offered('gateway', 'health', '')).toEqual([]);
  });

  test('no hidden flags', async () => {
    expect(await offered('gateway', '--u')).toEqual([]);
  });
});

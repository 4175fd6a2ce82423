import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lacks } from '../testing/programs.ts';
import { renderPlist } from './launchd-plist.ts';
import { variableLines } from './schtasks.ts';
import { renderUnit } from './systemd-unit.ts';
import { renderTask } from './task-xml.ts';

const run = promisify(execFile);
let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-definitions-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const AWKWARD = `a "b" 'c' \\ $HOME %h & <é> 网`;
const planOf = (node: string) => ({
  names: { unit: 'openclaw-gateway.service', label: 'ai.openclaw.gateway', task: 'OpenClaw Gateway' },
  description: 'OpenClaw Gateway (100 % ours)',
  argv: [node, `/opt/${AWKWARD}/openclaw.cjs`, 'gateway', 'run'] as const,
  env: { OPENCLAW_STATE_DIR: `/srv/${AWKWARD}`, PATH: '/usr/bin:/bin' },
  workingDirectory: `/srv/${AWKWARD}`,
});

describe.skipIf(lacks('systemd-analyze'))('systemd itself', () => {
  const verify = async (text: string): Promise<string> => {
    const file = join(dir, 'openclaw-gateway.service');
    await writeFile(file, text);
    const env = { ...process.env, XDG_RUNTIME_DIR: dir };
    const { stderr } = await run('systemd-analyze', ['verify', '--user', file], { env });
    return stderr;
  };

  test('finds nothing wrong with a unit, whatever its paths look like', async () => {
    const places = join(dir, `n ode's "100%" é`);
    await mkdir(places, { recursive: true });
    const node = join(places, 'node');
    await writeFile(node, '#!/bin/sh\n', { mode: 0o755 });
    expect(await verify(renderUnit(planOf(node)))).toBe('');
  });

  test('would have said that the program is missing', async () => {
    await expect(verify(renderUnit(planOf('/nowhere/node')))).rejects.toThrow('/nowhere/node');
  });
});

describe.skipIf(lacks('xmllint'))('an XML parser of others', () => {
  const lint = (file: string) => run('xmllint', ['--noout', '--nonet', file]);

  test('reads a property list and the arguments in it', async () => {
    const file = join(dir, 'a.plist');
    await writeFile(file, renderPlist(planOf('/usr/bin/node'), { stdout: '/a', stderr: '/b' }));
    await lint(file);
    const { stdout } = await run('xmllint', ['--nonet', '--xpath', 'string(//array/string[2])', file]);
    expect(stdout.trimEnd()).toBe(`/opt/${AWKWARD}/openclaw.cjs`);
  });

  test('reads a task in UTF-16 and the arguments in it', async () => {
    const file = join(dir, 'task.xml');
    const xml = renderTask(planOf('C:\\n ode\\node.exe'), { user: 'PC\\ü', consoleHost: 'C:\\conhost.exe' });
    await writeFile(file, Buffer.from(`\uFEFF${xml}`, 'utf16le'));
    await lint(file);
    const { stdout } = await run('xmllint', ['--xpath', 'string(//*[local-name()="Arguments"])', file]);
    expect(stdout).toContain('--headless "C:\\n ode\\node.exe"');
  });
});

test('Node reads the variables of a task as they were written', async () => {
  const file = join(dir, 'task.env');
  const env = { A: 'C:\\new\\table # 1', B: "it's C:\\n", C: 'a "b" $HOME %PATH% 网', D: '' };
  await writeFile(file, variableLines(env));
  const script = 'const {A, B, C, D} = process.env; console.log(JSON.stringify({A, B, C, D}))';
  const { stdout } = await run(process.execPath, [`--env-file=${file}`, '-e', script], { env: {} });
  expect(JSON.parse(stdout)).toEqual(env);
});

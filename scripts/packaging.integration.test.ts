import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../core/testing/programs.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const load = createRequire(import.meta.url);

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw packaging-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

describe('electron-builder.yml', () => {
  /** What electron-builder itself holds a configuration against; it has a schema for every system at once. */
  async function problem(section?: string, fields?: object): Promise<string> {
    const { getConfig, validateConfiguration } = load('app-builder-lib/out/util/config/config');
    const { DebugLogger } = load('builder-util');
    const config = await getConfig(root, join(root, 'electron-builder.yml'), null);
    if (section) config[section] = { ...config[section], ...fields };
    return validateConfiguration(config, new DebugLogger(false)).then(
      () => '',
      (error: Error) => error.message,
    );
  }

  it('is what electron-builder knows, for macOS, Windows and Linux', async () => {
    expect(await problem()).toBe('');
    expect(await problem('mac', { target: ['dmgg'] })).toContain('configuration.mac');
    expect(await problem('nsis', { perMachin: false })).toContain('configuration.nsis');
    expect(await problem('linux', { categry: 'x' })).toContain('configuration.linux');
  });

  it('asks for no administrator, hides the app from the Dock, and publishes nothing', async () => {
    const { getConfig } = load('app-builder-lib/out/util/config/config');
    const config = await getConfig(root, join(root, 'electron-builder.yml'), null);
    expect(config.nsis).toMatchObject({ oneClick: false, perMachine: false, allowElevation: false });
    expect(config.mac).toMatchObject({ hardenedRuntime: true, extendInfo: { LSUIElement: true } });
    expect(config.protocols).toEqual([{ name: 'OpenClaw', schemes: ['openclaw'] }]);
    expect(config.publish).toBeNull();
  });

  it('names files that are there', async () => {
    const text = await readFile(join(root, 'electron-builder.yml'), 'utf8');
    const named = [...text.matchAll(/(?:packaging|scripts)\/[\w./-]+/g)].map(([path]) => path);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('the launcher of the command line', () => {
  /** A package with a runtime that tells how it was started. */
  async function packageAt(place: string, runtime: string): Promise<string> {
    const resources = join(dir, place);
    await mkdir(join(resources, 'bin'), { recursive: true });
    await cp(join(root, 'packaging/bin/openclaw'), join(resources, 'bin/openclaw'));
    await mkdir(join(resources, runtime, '..'), { recursive: true });
    const text = '#!/bin/sh\necho "$ELECTRON_RUN_AS_NODE"\nfor word in "$@"; do echo "$word"; done\nexit 7\n';
    await writeFile(join(resources, runtime), text, { mode: 0o755 });
    return resources;
  }

  const launch = (program: string, cwd = dir) =>
    run(program, ['gateway', 'a "b" $c', ''], { cwd }).then(
      () => {
        throw new Error('it did not end as its runtime did');
      },
      ({ code, stdout }: { code: number; stdout: string }) => ({
        code,
        words: stdout.split('\n').slice(0, -1),
      }),
    );

  it.each([
    ['of Linux', 'OpenClaw Tray/resources', '../openclaw-tray'],
    ['of macOS', 'OpenClaw Tray.app/Contents/Resources', '../MacOS/OpenClaw Tray'],
  ])(
    '%s starts the runtime of its own package as Node, with the arguments as they are',
    async (_what, place, runtime) => {
      const resources = await packageAt(place, runtime);
      const expected = {
        code: 7,
        words: ['1', join(resources, 'app.asar/dist/openclaw.cjs'), 'gateway', 'a "b" $c', ''],
      };
      expect(await launch(join(resources, 'bin/openclaw'))).toEqual(expected);
      expect(await launch('./openclaw', join(resources, 'bin'))).toEqual(expected);
      await symlink(join(resources, 'bin/openclaw'), join(dir, 'first'));
      await symlink('first', join(dir, 'a second'));
      await symlink(join(resources, 'bin'), join(dir, 'bin'));
      for (const link of ['first', 'a second', 'bin/openclaw'])
        expect(await launch(join(dir, link))).toEqual(expected);
    },
  );

  it('says so when the package is not complete', async () => {
    const resources = await packageAt('x/resources', '../other');
    const failed = run(join(resources, 'bin/openclaw'), ['--version']);
    await expect(failed).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Install it again'),
    });
  });

  it('of Windows keeps its variable to itself, quotes its paths and hands on arguments and exit status', async () => {
    const text = await readFile(join(root, 'packaging/bin/openclaw.cmd'), 'utf8');
    const lines = text.split(/\r?\n/);
    const at = (line: string): number => lines.indexOf(line);
    expect(at('setlocal')).toBeGreaterThan(-1);
    expect(at('set ELECTRON_RUN_AS_NODE=1')).toBeGreaterThan(at('setlocal'));
    const start = at('"%~dp0..\\..\\openclaw-tray.exe" "%~dp0..\\app.asar\\dist\\openclaw.cjs" %*');
    expect(start).toBeGreaterThan(at('set ELECTRON_RUN_AS_NODE=1'));
    expect(at('exit /b %ERRORLEVEL%')).toBe(start + 1);
    expect(await readFile(join(root, '.gitattributes'), 'utf8')).toContain('*.cmd text eol=crlf');
  });
});

describe('before a package is sealed', () => {
  const seal = async (context: object) =>
    (await import(pathToFileURL(join(root, 'scripts/package-content.mjs')).href)).default(context);

  it.each([
    ['linux', 'resources'],
    ['darwin', 'OpenClaw Tray.app/Contents/Resources'],
  ])(
    'what Electron would start instead of the app is taken out (%s)',
    async (electronPlatformName, place) => {
      const resources = join(dir, place);
      await mkdir(join(resources, 'app'), { recursive: true });
      for (const name of ['default_app.asar', 'app.asar']) await writeFile(join(resources, name), '');
      const packager = { appInfo: { productFilename: 'OpenClaw Tray' } };
      await seal({ appOutDir: dir, electronPlatformName, packager });
      expect(
        ['app', 'default_app.asar', 'app.asar'].map((name) => existsSync(join(resources, name))),
      ).toEqual([false, false, true]);
      await rm(join(resources, 'app.asar'));
      await expect(seal({ appOutDir: dir, electronPlatformName, packager })).rejects.toThrow('no app.asar');
    },
  );
});

describe.skipIf(lacks('xmllint'))('the entitlements of macOS', () => {
  it('give the runtime its compiler, and nothing else', async () => {
    const file = join(root, 'packaging/entitlements.mac.plist');
    await run('xmllint', ['--noout', '--nonet', file]);
    const { stdout } = await run('xmllint', ['--nonet', '--xpath', '//key/text()', file]);
    expect(stdout.trim()).toBe('com.apple.security.cs.allow-jit');
  });
});

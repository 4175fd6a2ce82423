import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { extractFile, listPackage } from '@electron/asar';
import { FuseV1Options, FuseVersion, getCurrentFuseWire } from '@electron/fuses';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { whenTestEnds } from '../../core/testing/test-end.ts';
import { VERSION } from '../../core/version.ts';
import { health, TestHome, until } from '../fixtures/gateway-process.ts';
import { ServicePlace } from '../service/service-place.ts';
import { startTrayApp } from './app-process.ts';
import { startDesktop } from './desktop.ts';
import { agree } from './dialogs.ts';
import { makeArchives, type PackagedApp, packagedApp } from './packaged-app.ts';

const run = promisify(execFile);
const WELL = 'The gateway is well.';
/** As the program holds them. */
const [OFF, ON] = [...'01'].map((digit) => digit.charCodeAt(0));

let app: PackagedApp;
/** All that a launcher may need from the system; there is no Node in it. */
let bareBin = '';

async function scratch(name: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `openclaw-${name}-`));
  whenTestEnds(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** The bundled command line, at `launcher`, in a terminal without Node. */
async function cli(home: TestHome, launcher: string, ...args: string[]) {
  const env = home.env({ PATH: bareBin, NODE_OPTIONS: '--no-such-option' });
  const ended = run(launcher, args, { env, cwd: home.dir });
  return ended.then(
    ({ stdout }) => ({ code: 0, stdout, stderr: '' }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'xdotool'))(
  'the packaged app',
  () => {
    beforeAll(async () => {
      app = await packagedApp();
      bareBin = await mkdtemp(join(tmpdir(), 'openclaw-bare-'));
      await symlink('/usr/bin/readlink', join(bareBin, 'readlink'));
      return () => rm(bareBin, { recursive: true });
    });

    it('has the fuses of a release: nobody makes another program of it', async () => {
      const wire = await getCurrentFuseWire(app.program);
      const { [FuseV1Options.RunAsNode]: runAsNode } = wire;
      expect(wire.version).toBe(FuseVersion.V1);
      expect(runAsNode).toBe(ON);
      const on = [
        FuseV1Options.EnableCookieEncryption,
        FuseV1Options.OnlyLoadAppFromAsar,
        FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      ];
      const off = [
        FuseV1Options.EnableNodeOptionsEnvironmentVariable,
        FuseV1Options.EnableNodeCliInspectArguments,
        FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
        FuseV1Options.GrantFileProtocolExtraPrivileges,
      ];
      for (const fuse of on) expect([fuse, wire[fuse]]).toEqual([fuse, ON]);
      for (const fuse of off) expect([fuse, wire[fuse]]).toEqual([fuse, OFF]);
    });

    it('holds the app and the command line with their licences, and no sources, packages or other app', async () => {
      expect((await readdir(join(app.dir, 'resources'))).sort()).toEqual([
        'LICENSE.openclaw-tray.txt',
        'app.asar',
        'bin',
      ]);
      const archive = join(app.dir, 'resources/app.asar');
      const files = listPackage(archive, { isPack: false });
      const outside = /^\/(package\.json$|dist$|dist\/app(\/|$)|dist\/[\w.-]+\.(cjs|parts|licenses\.txt)$)/;
      expect(files.filter((file) => !outside.test(file))).toEqual([]);
      for (const file of ['/dist/openclaw.cjs', '/dist/app/main.cjs', '/dist/app/licenses.txt'])
        expect(files).toContain(file);
      const description = JSON.parse(extractFile(archive, 'package.json').toString());
      expect(description).toMatchObject({ main: 'dist/app/main.cjs', version: VERSION });
      expect(description.dependencies ?? {}).toEqual({});
    });

    it('starts a gateway from the tray, and its command line asks it without Node on the PATH', async () => {
      await using desktop = await startDesktop();
      const { home, port } = await TestHome.withGateway();
      await using _ = home;
      const env = { PATH: `${home.dir}/.local/bin:${process.env.PATH}` };
      await using open = await startTrayApp(desktop, home, { program: app.program, env });
      const { icon } = open;
      await icon.click('Start gateway');
      await icon.entry([WELL]);
      const asked = await cli(home, app.launcher, 'gateway', 'health', '--json');
      expect(JSON.parse(asked.stdout)).toMatchObject({ ok: true });

      await icon.click('Install `openclaw` command');
      await agree(desktop);
      const command = join(home.dir, '.local/bin/openclaw');
      await icon.entry(['Remove `openclaw` command']);
      expect(await readlink(command)).toBe(app.launcher);
      const spaced = join(home.dir, 'a link');
      await symlink('.local/bin/openclaw', spaced);
      expect(await cli(home, spaced, '--version')).toMatchObject({
        code: 0,
        stdout: `OpenClaw Tray ${VERSION}\n`,
      });
      expect(await cli(home, command, 'gateway', 'status', '--json')).toMatchObject({ code: 0 });
      await icon.click('Remove `openclaw` command');
      await agree(desktop);
      await icon.entry(['Install `openclaw` command']);
      expect(existsSync(command)).toBe(false);
      expect(await health(port)).toBe(200);
    });

    it('takes its command away when it is uninstalled, without a window or a gateway', async () => {
      await using desktop = await startDesktop();
      await using home = await TestHome.create();
      await mkdir(join(home.dir, '.local/bin'), { recursive: true });
      await symlink(app.launcher, join(home.dir, '.local/bin/openclaw'));
      const args = ['--no-sandbox', '--remove-command'];
      await run(app.program, args, { env: home.env(desktop.env), cwd: home.dir });
      expect(await readdir(join(home.dir, '.local/bin'))).toEqual([]);
      expect(existsSync(home.trayDir)).toBe(false);
    });

    it('runs a gateway by its command line, as a service too, and its children do not take each Electron for Node', async () => {
      await using place = await ServicePlace.create();
      const { home, port } = place;
      const witness = join(home.dir, 'witness.sh');
      await writeFile(witness, `#!/bin/sh\nenv > '${home.dir}/env.txt'\nprintf e2e-shared-token\n`, {
        mode: 0o700,
      });
      await home.editConfig((config) => {
        const source = { source: 'exec', provider: 'witness', id: 'value' };
        config.gateway.auth = { mode: 'token', token: source };
        config.secrets = { providers: { witness: { source: 'exec', command: witness, jsonOnly: false } } };
      });
      home.command = [app.launcher];
      const installed = await place.json(['install']);
      expect(installed).toMatchObject({ ok: true, result: 'installed', gateway: { port } });
      expect(await place.unitText()).toContain(`ExecStart=${app.launcher} gateway run\n`);
      expect(await health(port)).toBe(200);
      expect(await place.json(['restart'])).toMatchObject({ ok: true, result: 'restarted' });
      const variables = await readFile(join(home.dir, 'env.txt'), 'utf8');
      expect(variables).not.toContain('ELECTRON_RUN_AS_NODE');
      expect(await place.json(['uninstall'])).toMatchObject({ ok: true });
      expect(await health(port)).toBeUndefined();
    });

    it('runs its command line where it is, and leaves no copy of it behind', async () => {
      await using home = await TestHome.create();
      const temporary = await scratch('temporary');
      const env = home.env({ PATH: bareBin, TMPDIR: temporary });
      const { stdout } = await run(app.launcher, ['--version'], { env });
      expect(stdout).toBe(`OpenClaw Tray ${VERSION}\n`);
      expect(await readdir(temporary)).toEqual([]);
    });

    it('reads the variables that a service manager without any of its own hands over', async () => {
      await using home = await TestHome.create();
      const file = join(home.dir, 'task.env');
      await writeFile(file, `OPENCLAW_STATE_DIR='${home.dir}/else where'\n`);
      const { stdout } = await cli(home, app.launcher, `--env-file=${file}`, 'config', 'file');
      expect(stdout).toContain('else where');
    });
  },
);

describe.skipIf(lacks('electron', 'dpkg-deb', '7zz'))('packages for Linux', () => {
  it('lie where they belong, register links into the app, start, and take their commands along', async () => {
    app = await packagedApp();
    const dir = await scratch('archives');
    await makeArchives(['deb', 'tar.gz'], dir);
    const names = await readdir(dir);
    const deb = join(dir, names.find((name) => name.endsWith('.deb')) ?? '');
    const tar = join(dir, names.find((name) => name.endsWith('.tar.gz')) ?? '');

    const { stdout: fields } = await run('dpkg-deb', ['--info', deb]);
    expect(fields).toContain(`Version: ${VERSION}`);
    expect(fields).toMatch(/Depends: .*libgtk-3-0/);
    const root = join(dir, 'root');
    await run('dpkg-deb', ['--raw-extract', deb, root]);
    const installed = join(root, 'opt/OpenClaw Tray');
    const entry = await readFile(join(root, 'usr/share/applications/openclaw-tray.desktop'), 'utf8');
    expect(entry).toContain('MimeType=x-scheme-handler/openclaw;');
    expect(entry).toMatch(/^Exec="\/opt\/OpenClaw Tray\/openclaw-tray" %U$/m);
    expect(entry).toMatch(/^StartupWMClass=OpenClaw Tray$/m);
    expect(entry).toMatch(/^Categories=Network;$/m);
    expect(existsSync(join(root, 'usr/share/icons/hicolor/48x48/apps/openclaw-tray.png'))).toBe(true);
    const env = { PATH: '/nowhere', HOME: dir };
    const { stdout } = await run(join(installed, 'resources/bin/openclaw'), ['--version'], { env });
    expect(stdout).toBe(`OpenClaw Tray ${VERSION}\n`);
    await afterRemove(dir, root);

    const { stdout: list } = await run('tar', ['-tzf', tar]);
    expect(list).toMatch(/^[^/]+\/openclaw-tray$/m);
    expect(list).toMatch(/^[^/]+\/resources\/bin\/openclaw$/m);
  });
});

/** Runs the script of the package on homes of this test; programs that change the system are not there. */
async function afterRemove(dir: string, root: string): Promise<void> {
  const bin = join(dir, 'bin');
  const [one, other] = [join(dir, 'homes/one'), join(dir, 'homes/other')];
  for (const home of [one, other]) await mkdir(join(home, '.local/bin'), { recursive: true });
  await mkdir(bin);
  await writeFile(join(bin, 'getent'), `#!/bin/sh\nprintf 'a:x:1:1::%s:/bin/sh\\n' '${one}' '${other}'\n`, {
    mode: 0o755,
  });
  await writeFile(join(bin, 'update-alternatives'), `#!/bin/sh\necho "$@" >> '${dir}/done'\n`, {
    mode: 0o755,
  });
  await symlink('/opt/OpenClaw Tray/resources/bin/openclaw', join(one, '.local/bin/openclaw'));
  await symlink('/elsewhere/openclaw', join(other, '.local/bin/openclaw'));
  const script = join(dir, 'postrm');
  const text = await readFile(join(root, 'DEBIAN/postrm'), 'utf8');
  expect(text).not.toContain('${');
  await writeFile(
    script,
    text.replaceAll('/usr/local/bin', join(dir, 'local')).replaceAll('/etc/', `${dir}/etc/`),
  );
  const env = { PATH: `${bin}:/usr/bin:/bin` };
  await run('sh', [script, 'upgrade'], { env });
  expect(existsSync(join(dir, 'done'))).toBe(false);
  await run('sh', [script, 'remove'], { env });
  expect(await readFile(join(dir, 'done'), 'utf8')).toBe(
    '--remove openclaw-tray /opt/OpenClaw Tray/openclaw-tray\n',
  );
  await until('the link to go', async () => (await readdir(join(one, '.local/bin'))).length === 0);
  expect(await readdir(join(other, '.local/bin'))).toEqual(['openclaw']);
}

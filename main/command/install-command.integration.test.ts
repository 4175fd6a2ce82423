import { execFile } from 'node:child_process';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommandPlace } from './command-place.ts';
import { commandInstaller } from './install-command.ts';

const run = promisify(execFile);
const LAUNCHER = '#!/bin/sh\n# The command line of OpenClaw Tray\necho "launched $*"\n';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-command-'));
  await mkdir(join(dir, 'app it/resources/bin'), { recursive: true });
  await writeFile(launcher(), LAUNCHER, { mode: 0o755 });
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const launcher = (): string => join(dir, 'app it/resources/bin/openclaw');
const bin = (): string => join(dir, 'home/.local/bin');
const command = (): string => join(bin(), 'openclaw');

const place = (fields: Partial<CommandPlace> = {}): CommandPlace => ({
  platform: 'linux',
  env: { SHELL: '/bin/bash' },
  home: join(dir, 'home'),
  isPackaged: true,
  resources: join(dir, 'app it/resources'),
  shellPath: async () => `${bin()}:/usr/bin`,
  run: async () => '',
  ...fields,
});

/** A program of that name which has nothing to do with us. */
async function stranger(path: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\necho another\n');
  await chmod(path, 0o755);
}

describe('the `openclaw` command', () => {
  it('is a link in the directory of the user, runs, and is taken away again', async () => {
    const installer = commandInstaller(place());
    expect(installer.isInstalled).toBe(false);
    expect(await installer.state()).toEqual({});
    expect(await installer.install()).toEqual({ ok: true, state: { path: command(), isOnPath: true } });
    expect(installer.isInstalled).toBe(true);
    expect(await readlink(command())).toBe(launcher());
    expect((await run(command(), ['a b', 'c'])).stdout).toBe('launched a b c\n');
    expect(await installer.install()).toMatchObject({ ok: true });
    expect(await installer.remove()).toEqual({ ok: true, state: {} });
    await expect(readlink(command())).rejects.toThrow('ENOENT');
  });

  it('leads to the app of now, also when it was installed by one that is gone', async () => {
    await mkdir(bin(), { recursive: true });
    await symlink('/nowhere/OpenClaw Tray/resources/bin/openclaw', command());
    const installer = commandInstaller(place());
    expect(installer.isInstalled).toBe(true);
    await installer.install();
    expect(await readlink(command())).toBe(launcher());
  });

  it.each([
    ['a program', (path: string) => stranger(path)],
    [
      'a link elsewhere',
      async (path: string) => {
        await stranger(join(dir, 'other/openclaw'));
        await mkdir(bin(), { recursive: true });
        await symlink(join(dir, 'other/openclaw'), path);
      },
    ],
    [
      'a link that looks like ours to a program that is not',
      async (path: string) => {
        await stranger(join(dir, 'x/resources/bin/openclaw'));
        await mkdir(bin(), { recursive: true });
        await symlink(join(dir, 'x/resources/bin/openclaw'), path);
      },
    ],
  ])('does not replace or remove %s', async (_what, make) => {
    await make(command());
    const installer = commandInstaller(place());
    expect(installer.isInstalled).toBe(false);
    expect(await installer.install()).toEqual({ ok: false, code: 'COMMAND_TAKEN', path: command() });
    await installer.remove();
    expect((await run(command())).stdout).toBe('another\n');
  });

  it('says that it cannot be made where a file is in the place of its directory, and changes nothing', async () => {
    await mkdir(join(dir, 'home'), { recursive: true });
    await writeFile(join(dir, 'home/.local'), 'mine');
    const outcome = await commandInstaller(place()).install();
    expect(outcome).toMatchObject({ ok: false, code: 'COMMAND_UNWRITABLE', path: command() });
    expect(await readFile(join(dir, 'home/.local'), 'utf8')).toBe('mine');
  });

  it('is on a PATH that writes its directory with a slash at the end', async () => {
    const installer = commandInstaller(place({ shellPath: async () => `/usr/bin:${bin()}/` }));
    expect(await installer.install()).toEqual({ ok: true, state: { path: command(), isOnPath: true } });
  });

  it('says which other one a terminal finds first', async () => {
    await stranger(join(dir, 'first/openclaw'));
    const installer = commandInstaller(place({ shellPath: async () => `${join(dir, 'first')}:${bin()}` }));
    const shadowedBy = join(dir, 'first/openclaw');
    expect(await installer.install()).toMatchObject({ ok: true, state: { isOnPath: true, shadowedBy } });
  });

  it.each([
    ['/bin/bash', 'export PATH="$HOME/.local/bin:$PATH"', '~/.profile'],
    ['/bin/zsh', 'export PATH="$HOME/.local/bin:$PATH"', '~/.zprofile'],
    ['/usr/bin/fish', 'fish_add_path "$HOME/.local/bin"', '~/.config/fish/config.fish'],
  ])('says what to add for %s when no terminal would find it', async (SHELL, line, file) => {
    const installer = commandInstaller(place({ env: { SHELL }, shellPath: async () => '/usr/bin' }));
    const { ok, ...outcome } = await installer.install();
    expect(ok).toBe(true);
    expect(outcome).toEqual({ state: { path: command(), isOnPath: false, advice: { line, file } } });
  });

  it('starts an AppImage where it lies, and what is in it where it is mounted', async () => {
    const image = join(dir, "it's an.AppImage");
    const mount = join(dir, 'mount');
    await mkdir(join(mount, 'resources/app.asar/dist'), { recursive: true });
    await writeFile(
      join(mount, 'resources/app.asar/dist/openclaw.cjs'),
      'console.log(JSON.stringify([process.argv.slice(1), process.env.OPENCLAW_LAUNCHER, process.env.ELECTRON_RUN_AS_NODE]))',
    );
    // As the start script of an AppImage: no sandbox is asked for unless an argument does so.
    const starter = `#!/bin/bash\nexport APPDIR='${mount}'\nadd=(--no-sandbox)\nfor arg in "$@"; do [ "$arg" = --no-sandbox ] && add=(); done\nexec '${process.execPath}' "\${add[@]}" "$@"\n`;
    await writeFile(image, starter, { mode: 0o755 });
    const installer = commandInstaller(place({ env: { APPIMAGE: image } }));
    await installer.install();
    expect(installer.isInstalled).toBe(true);
    const { stdout } = await run(command(), ['gateway', 'a b', '--json']);
    const script = join(mount, 'resources/app.asar/dist/openclaw.cjs');
    expect(JSON.parse(stdout)).toEqual([[script, 'gateway', 'a b', '--json'], command(), '1']);
    const later = join(dir, 'later.AppImage');
    await rename(image, later);
    await commandInstaller(place({ env: { APPIMAGE: later } })).refresh();
    expect((await run(command(), ['x'])).stdout).toContain('"x"');
    await installer.remove();
    await expect(readFile(command())).rejects.toThrow('ENOENT');
  });

  it('follows an app that was moved, and leaves one alone that leads to another copy', async () => {
    const first = commandInstaller(place());
    await first.install();
    const resources = join(dir, 'moved/resources');
    await cp(join(dir, 'app it/resources'), resources, { recursive: true });
    const moved = commandInstaller(place({ resources }));
    await moved.refresh();
    expect(await readlink(command())).toBe(launcher());
    await rm(join(dir, 'app it'), { recursive: true });
    await moved.refresh();
    expect((await run(command(), ['x'])).stdout).toBe('launched x\n');
    await moved.remove();
    await moved.refresh();
    await expect(readlink(command())).rejects.toThrow('ENOENT');
  });

  it('is not installed from a checkout, nor by an app that macOS runs from a passing place', async () => {
    const inCheckout = commandInstaller(place({ isPackaged: false }));
    expect(await inCheckout.install()).toEqual({ ok: false, code: 'DEVELOPMENT' });
    const resources = '/private/var/folders/x/AppTranslocation/1/d/OpenClaw Tray.app/Contents/Resources';
    const moved = commandInstaller(place({ platform: 'darwin', resources }));
    expect(await moved.install()).toEqual({ ok: false, code: 'TRANSLOCATED' });
    await expect(readlink(command())).rejects.toThrow('ENOENT');
  });
});

describe('the `openclaw` command on Windows', () => {
  const resources = 'C:\\Users\\Ö "x"\\AppData\\Local\\Programs\\OpenClaw Tray\\resources';

  /** The PATH of the user, as its registry would keep it. */
  function registry(path: string) {
    const calls: { args: readonly string[]; env: NodeJS.ProcessEnv }[] = [];
    const value = { path };
    const runProgram: CommandPlace['run'] = async (_program, args, env) => {
      calls.push({ args, env });
      if (env.OPENCLAW_TRAY_PATH !== undefined) value.path = env.OPENCLAW_TRAY_PATH;
      return value.path;
    };
    return { value, calls, place: place({ platform: 'win32', resources, env: {}, run: runProgram }) };
  }

  it('is a directory at the end of the PATH of the user, whose other entries stay as they are', async () => {
    const { value, calls, place: windows } = registry('%USERPROFILE%\\bin;C:\\Tools\\');
    const installer = commandInstaller(windows);
    expect(installer.isInstalled).toBe(false);
    expect(await installer.install()).toMatchObject({ ok: true, state: { isOnPath: true } });
    expect(value.path).toBe(`%USERPROFILE%\\bin;C:\\Tools\\;${resources}\\bin`);
    expect(installer.isInstalled).toBe(true);
    await installer.install();
    await installer.remove();
    expect(value.path).toBe('%USERPROFILE%\\bin;C:\\Tools\\');
    expect(installer.isInstalled).toBe(false);
    for (const { args } of calls) expect(args.join(' ')).not.toContain('AppData');
  });

  it('finds itself however the entry is written', async () => {
    const { value, place: windows } = registry(`${resources.toUpperCase()}\\BIN\\;C:\\Tools`);
    const installer = commandInstaller(windows);
    expect(await installer.state()).toMatchObject({ isOnPath: true });
    expect(installer.isInstalled).toBe(true);
    await installer.remove();
    expect(value.path).toBe('C:\\Tools');
  });
});

import { accessSync, constants, existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { writeFileAtomic } from '../../core/store/atomic-file.ts';
import { type CommandOutcome, type CommandPlace, type CommandState, launcherIn } from './command-place.ts';

const NAME = 'openclaw';
/** The second line of the launcher in the package, and of the script that starts an AppImage. */
const MARK = '# The command line of OpenClaw Tray';
const LINK = /[\\/][Rr]esources[\\/]bin[\\/]openclaw$/;

/** Links the launcher into a directory of the user, or one that the user may write to; no other user is concerned. */
export async function installLink(place: CommandPlace): Promise<CommandOutcome> {
  const dirs = candidates(place);
  const before = dirs.map((dir) => join(dir, NAME)).find(isOurs);
  const path = before ?? join(await bestDir(place, dirs), NAME);
  if (exists(path) && !isOurs(path)) return { ok: false, code: 'COMMAND_TAKEN', path };
  const refused = await refusalOf(path, () => writeCommand(place, path));
  return refused ?? { ok: true, state: await linkState(place) };
}

/** What the system says against a change of this file; undefined once it is done. */
async function refusalOf(path: string, change: () => Promise<void>): Promise<CommandOutcome | undefined> {
  try {
    await change();
    return undefined;
  } catch (error) {
    const { code: reason } = error as NodeJS.ErrnoException;
    if (reason === undefined) throw error;
    return { ok: false, code: 'COMMAND_UNWRITABLE', path, reason };
  }
}

async function writeCommand(place: CommandPlace, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  const image = place.env.APPIMAGE;
  if (image) await writeScript(path, image);
  else await symlink(launcherIn(place.resources, place.platform), path);
}

/**
 * Makes a command lead here whose app is gone: an update may have another name, and a person may move the app. A
 * command of another copy that is still there stays.
 */
export async function refreshLink(place: CommandPlace): Promise<void> {
  const path = installedLink(place);
  if (path !== undefined && !existsSync(startedBy(path))) await writeCommand(place, path);
}

/** What a command of this app starts: the launcher that it links to, or the AppImage that its script names. */
function startedBy(path: string): string {
  const target = linkTarget(path);
  if (target !== undefined) return resolve(dirname(path), target);
  const image = /^OPENCLAW_LAUNCHER=.* exec '(.*)' -e /m.exec(textOf(path) ?? '')?.[1] ?? '';
  return image.replaceAll("'\\''", "'");
}

/** Removes every command of this app from where it may have put one. */
export async function removeLink(place: CommandPlace): Promise<CommandOutcome> {
  for (const path of candidates(place).map((dir) => join(dir, NAME))) {
    const refused = isOurs(path) ? await refusalOf(path, () => rm(path)) : undefined;
    if (refused) return refused;
  }
  return { ok: true, state: {} };
}

export async function linkState(place: CommandPlace): Promise<CommandState> {
  const path = installedLink(place);
  if (path === undefined) return {};
  const search = dirsOf((await place.shellPath()) ?? place.env.PATH);
  const dir = dirname(path);
  const isOnPath = search.includes(dir);
  const first = search.map((one) => join(one, NAME)).find(canRun);
  const other = first !== undefined && !isOurs(first) ? { shadowedBy: first } : {};
  return { path, isOnPath, ...other, ...(isOnPath ? {} : { advice: adviceFor(place, dir) }) };
}

/** Where the command is now; asks nobody. */
export const installedLink = (place: CommandPlace): string | undefined =>
  candidates(place)
    .map((dir) => join(dir, NAME))
    .find(isOurs);

const candidates = ({ home }: CommandPlace): string[] => [join(home, '.local', 'bin'), '/usr/local/bin'];

/** The first that a terminal searches and that can be written to; else the one of the user. */
async function bestDir(place: CommandPlace, dirs: readonly string[]): Promise<string> {
  const search = dirsOf((await place.shellPath()) ?? place.env.PATH);
  return dirs.find((dir) => search.includes(dir) && isWritable(dir)) ?? (dirs[0] as string);
}

/** As they are compared, without a slash at the end. */
const dirsOf = (path = ''): string[] =>
  path
    .split(delimiter)
    .filter(isAbsolute)
    .map((dir) => resolve(dir));

/** A directory of the user need not be there yet. */
function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !dir.startsWith('/usr/');
  }
}

/** Made by this app: a link into one, also one that is gone, or the script for an AppImage. */
function isOurs(path: string): boolean {
  const target = linkTarget(path);
  const file = target === undefined ? path : resolve(dirname(path), target);
  if (target !== undefined && !LINK.test(target)) return false;
  const text = textOf(file);
  return text === undefined ? target !== undefined : text.split('\n')[1]?.startsWith(MARK) === true;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const exists = (path: string): boolean => linkTarget(path) !== undefined || existsSync(path);

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/**
 * An AppImage is mounted somewhere else each time, so its own launcher cannot be linked to. Its start script adds
 * `--no-sandbox` before all arguments where the system has no sandbox, unless it finds it among them: Node would refuse.
 */
async function writeScript(path: string, image: string): Promise<void> {
  const start = [
    'process.argv.splice(1, 1, process.env.APPDIR + "/resources/app.asar/dist/openclaw.cjs")',
    'require(process.argv[1])',
  ].join('; ');
  const text = [
    '#!/bin/sh',
    `${MARK} in an AppImage.`,
    `OPENCLAW_LAUNCHER=${quoted(path)} ELECTRON_RUN_AS_NODE=1 exec ${quoted(image)} -e '${start}' -- --no-sandbox "$@"`,
    '',
  ].join('\n');
  await writeFileAtomic(path, text, { mode: 0o755 });
  await chmod(path, 0o755);
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

const SHELL_FILES: Readonly<Record<string, string>> = { zsh: '~/.zprofile', bash: '~/.profile' };

/** In the words of the shell that the user logs in with. */
function adviceFor({ env, home }: CommandPlace, dir: string): CommandState['advice'] {
  const shell = basename(env.SHELL ?? '');
  const named = dir.startsWith(`${home}/`) ? `$HOME${dir.slice(home.length)}` : dir;
  if (shell === 'fish') return { line: `fish_add_path "${named}"`, file: '~/.config/fish/config.fish' };
  return { line: `export PATH="${named}:$PATH"`, file: SHELL_FILES[shell] ?? '~/.profile' };
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { windowsProgram } from '../../core/host/helper-program.ts';
import type { CommandOutcome, CommandPlace, CommandState } from './command-place.ts';

/** What PowerShell is given beside the script, so that no path is ever part of one. */
const VALUE = 'OPENCLAW_TRAY_PATH';
const KEY = "[Microsoft.Win32.Registry]::CurrentUser.OpenSubKey('Environment', $true)";

/** The PATH of the user as it was written, with its variables in it. */
const READ = `$key = ${KEY}; [Console]::OutputEncoding = [Text.Encoding]::UTF8; [Console]::Write($key.GetValue('Path', '', 'DoNotExpandEnvironmentNames'))`;

/** Setting a variable that is not there tells open programs that variables have changed, and changes nothing. */
const WRITE = `$key = ${KEY}; $key.SetValue('Path', $env:${VALUE}, 'ExpandString'); [Environment]::SetEnvironmentVariable('OPENCLAW_TRAY_UNUSED', $null, 'User')`;

/** Windows has no links for everybody: the directory of the launcher goes to the end of the PATH of the user. */
export async function installPath(place: CommandPlace): Promise<CommandOutcome> {
  const path = await userPath(place);
  if (!dirsOf(path).some((dir) => isSame(dir, binOf(place)))) {
    await writePath(place, [...dirsOf(path), binOf(place)].join(';'));
  }
  return { ok: true, state: await pathState(place) };
}

export async function removePath(place: CommandPlace): Promise<CommandOutcome> {
  const dirs = dirsOf(await userPath(place));
  const left = dirs.filter((dir) => !isSame(dir, binOf(place)));
  if (left.length < dirs.length) await writePath(place, left.join(';'));
  return { ok: true, state: {} };
}

export async function pathState(place: CommandPlace): Promise<CommandState> {
  const bin = binOf(place);
  if (!dirsOf(await userPath(place)).some((dir) => isSame(dir, bin))) return {};
  const before = dirsOf(place.env.PATH ?? place.env.Path ?? '').filter((dir) => !isSame(dir, bin));
  const other = before.flatMap(commandsIn).find((file) => existsSync(file));
  return {
    path: `${bin}\\openclaw.cmd`,
    isOnPath: true,
    ...(other === undefined ? {} : { shadowedBy: other }),
  };
}

const binOf = ({ resources }: CommandPlace): string => `${resources}\\bin`;

const commandsIn = (dir: string): string[] =>
  ['.com', '.exe', '.bat', '.cmd'].map((extension) => join(dir, `openclaw${extension}`));

const dirsOf = (path: string): string[] => path.split(';').filter((dir) => dir.trim() !== '');

const isSame = (one: string, other: string): boolean =>
  one.trim().replace(/\\+$/, '').toLowerCase() === other.replace(/\\+$/, '').toLowerCase();

const powershell = ({ run }: CommandPlace, script: string, env: NodeJS.ProcessEnv = {}): Promise<string> =>
  run(
    windowsProgram('WindowsPowerShell', 'v1.0', 'powershell.exe'),
    ['-NoProfile', '-NonInteractive', '-Command', script],
    env,
  );

const userPath = async (place: CommandPlace): Promise<string> => (await powershell(place, READ)).trim();

const writePath = (place: CommandPlace, path: string): Promise<string> =>
  powershell(place, WRITE, { [VALUE]: path });

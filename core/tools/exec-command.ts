import { constants } from 'node:fs';
import { access, realpath, stat } from 'node:fs/promises';
import { basename, delimiter, extname, join, resolve } from 'node:path';
import type { BoundFile } from '../approvals/approval-request.ts';
import type { Json } from '../lib/json.ts';
import { boundFiles, sameFiles } from './bound-files.ts';
import { callEnv, commandEnv } from './exec-env.ts';
import { ToolRefusal } from './tool.ts';
import { existingPath, isWithin, type Workspace } from './workspace-path.ts';

/** A command with nothing left open: the same value is shown, approved and run. */
export interface ExecCommand {
  /** The line for the shell, when that is how the call was put. */
  line: string | undefined;
  /** Absolute path that is started, and what it really is when that is a link. */
  program: string;
  realProgram: string;
  argv: string[];
  cwd: string;
  ownEnv: Record<string, string>;
  env: Record<string, string>;
  /** What the command names in the workspace, as it is now. */
  files: BoundFile[];
}

/** Turns the checked arguments of a call into a command, or throws a refusal. */
export async function resolveCommand(
  args: Json,
  workspace: Workspace,
  inherited: NodeJS.ProcessEnv,
): Promise<ExecCommand> {
  const line = typeof args.command === 'string' ? args.command : undefined;
  const list = Array.isArray(args.argv) ? args.argv.map(String) : undefined;
  if ((line === undefined) === (list === undefined)) {
    throw new ToolRefusal(
      'Give either command (a line for the shell) or argv (a program and its arguments).',
    );
  }
  const argv = list ?? shellArgv(line ?? '', inherited);
  checkBytes(argv);
  const cwd = await directoryOf(workspace, typeof args.cwd === 'string' ? args.cwd : '.');
  const ownEnv = callEnv((args.env ?? {}) as Json);
  const env = commandEnv(inherited, ownEnv, workspace);
  const program = await findProgram(argv[0] ?? '', cwd, env);
  return {
    line,
    program,
    realProgram: await realpath(program),
    argv,
    cwd,
    ownEnv,
    env,
    files: await boundFiles(workspace, { program, argv, cwd, env }),
  };
}

function shellArgv(line: string, inherited: NodeJS.ProcessEnv): string[] {
  if (process.platform !== 'win32') return ['/bin/sh', '-c', line];
  return [join(inherited.SystemRoot ?? 'C:\\Windows', 'System32', 'cmd.exe'), '/d', '/s', '/c', line];
}

/** Text that the operating system would cut or change on the way is not what was approved. */
function checkBytes(argv: readonly string[]): void {
  for (const arg of argv) {
    if (arg.includes('\0')) throw new ToolRefusal('A command cannot hold a NUL character.');
    if (/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(arg)) {
      throw new ToolRefusal('A command cannot hold half a character (a lone surrogate).');
    }
  }
}

async function directoryOf(workspace: Workspace, given: string): Promise<string> {
  const cwd = await existingPath(workspace, given);
  if ((await stat(cwd)).isDirectory()) return cwd;
  throw new ToolRefusal(`${JSON.stringify(given)} is not a directory.`);
}

async function findProgram(name: string, cwd: string, env: Record<string, string>): Promise<string> {
  if (name === '') throw new ToolRefusal('argv needs the name of a program.');
  const bases = /[/\\]/.test(name)
    ? [resolve(cwd, name)]
    : (env.PATH ?? '').split(delimiter).flatMap((dir) => (dir === '' ? [] : [join(dir, name)]));
  for (const candidate of bases.flatMap((base) => withExtensions(base, env))) {
    if (await isProgram(candidate)) return candidate;
  }
  throw new ToolRefusal(`There is no program ${JSON.stringify(basename(name))} to run.`);
}

function withExtensions(path: string, env: Record<string, string>): string[] {
  if (process.platform !== 'win32' || extname(path) !== '') return [path];
  return (env.PATHEXT ?? '.EXE;.COM').split(';').map((extension) => path + extension.toLowerCase());
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** True when nothing the command rests on has changed since it was resolved. */
export async function isUnchanged(command: ExecCommand, workspace: Workspace): Promise<boolean> {
  try {
    if ((await realpath(command.program)) !== command.realProgram) return false;
    if ((await realpath(command.cwd)) !== command.cwd || !isWithin(workspace.root, command.cwd)) return false;
    return sameFiles(await boundFiles(workspace, command), command.files);
  } catch {
    return false;
  }
}

import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, extname, isAbsolute, join } from 'node:path';

export type ProgramLookup = { ok: true; path: string } | { ok: false; reason: string };

/**
 * The file that a command names: an absolute path, or a name on the PATH. Never one in the current directory,
 * where a message could have put it.
 */
export function findProgram(command: string, env: NodeJS.ProcessEnv): ProgramLookup {
  if (command === '') return { ok: false, reason: 'no command is set' };
  const home = env.HOME ?? env.USERPROFILE;
  const named = command.startsWith('~/') && home ? join(home, command.slice(2)) : command;
  if (isAbsolute(named)) return fileAt(named, `"${command}" is not a program`);
  if (/[/\\]/.test(named))
    return { ok: false, reason: `"${command}" is a relative path; give the whole path` };
  return onPath(named, env);
}

function onPath(name: string, env: NodeJS.ProcessEnv): ProgramLookup {
  const folders = (env.PATH ?? env.Path ?? '').split(delimiter).filter(isAbsolute);
  for (const folder of folders) {
    for (const ending of endingsOf(name)) {
      const path = join(folder, name + ending);
      if (isProgram(path)) return fileAt(path, '');
    }
  }
  return { ok: false, reason: `"${name}" is not on the PATH of the gateway` };
}

const endingsOf = (name: string): string[] =>
  process.platform === 'win32' && extname(name) === '' ? ['.exe', '.com', '.cmd', '.bat'] : [''];

function fileAt(path: string, otherwise: string): ProgramLookup {
  if (!isProgram(path)) return { ok: false, reason: otherwise };
  if (process.platform === 'win32' && /\.(cmd|bat)$/i.test(path)) {
    return {
      ok: false,
      reason: `"${path}" is a batch file, which only a shell can run; name the program it starts, such as node.exe with the script in args`,
    };
  }
  return { ok: true, path };
}

function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

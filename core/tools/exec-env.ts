import { delimiter, isAbsolute } from 'node:path';
import { ToolRefusal } from './tool.ts';
import { isWithin, type Workspace } from './workspace-path.ts';

/** What programs need to run at all. Keys, tokens and everything else of the gateway stay behind. */
const INHERITED = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'SystemDrive',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'ProgramFiles',
  'NUMBER_OF_PROCESSORS',
];

/** Variables that make a program load or run something else than what was approved. */
const LOADERS =
  /^(PATH|PATHEXT|HOME|SHELL|COMSPEC|SYSTEMROOT|WINDIR|ENV|BASH_ENV|IFS|CDPATH|PS4|PROMPT_COMMAND|SHELLOPTS|BASHOPTS|GLOBIGNORE|ZDOTDIR|EDITOR|VISUAL|PAGER|BROWSER|LESSOPEN|LESSCLOSE|MANPAGER|TERMINFO|XDG_.*|LD_.*|DYLD_.*|GCONV_PATH|LOCPATH|NODE_.*|NPM_CONFIG_.*|PYTHON.*|PERL.*|RUBY.*|GEM_.*|BUNDLE_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|GIT_.*|SSH_.*|MAVEN_OPTS|GRADLE_OPTS|MAKEFLAGS|CARGO_.*|RUSTC.*|GOFLAGS|CC|CXX|CFLAGS|LDFLAGS|PHPRC|PHP_INI_SCAN_DIR|LUA_.*|R_PROFILE.*|OPENSSL_.*|CURL_HOME|WGETRC|DOTNET_.*|COR_.*|CORECLR_.*|OPENCLAW_.*)$/i;

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Variables of the call itself; throws a refusal for those that would change what runs. */
export function callEnv(given: Readonly<Record<string, unknown>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!NAME.test(name)) throw new ToolRefusal('env has a name that is no name of a variable.');
    if (LOADERS.test(name)) {
      throw new ToolRefusal(`The variable ${name} may not be set here: it can change what a command runs.`);
    }
    const text = String(value);
    if (text.includes('\0')) throw new ToolRefusal(`The value of ${name} holds a NUL character.`);
    env[name] = text;
  }
  return env;
}

/**
 * The environment of a command. Directories of PATH that are relative or in the workspace are left out,
 * so that a file an agent wrote is never taken for a program of the system.
 */
export function commandEnv(
  inherited: NodeJS.ProcessEnv,
  own: Readonly<Record<string, string>>,
  workspace: Workspace,
): Record<string, string> {
  const env: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = inherited[name];
    if (value !== undefined) env[name] = value;
  }
  env.PATH = safeDirectories(env.PATH ?? '', workspace).join(delimiter);
  if (process.platform === 'win32') env.NoDefaultCurrentDirectoryInExePath = '1';
  return { TERM: 'dumb', ...env, ...own };
}

function safeDirectories(path: string, workspace: Workspace): string[] {
  return path
    .split(delimiter)
    .filter((dir) => isAbsolute(dir) && !isWithin(workspace.root, dir) && !isWithin(workspace.given, dir));
}

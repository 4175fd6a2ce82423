import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { matchesPatterns } from './host-pattern.ts';
import { sshFailure } from './ssh-problem.ts';

/** One directive of an ssh_config file. */
export interface ConfigLine {
  file: string;
  /** From 1. */
  line: number;
  /** Lower case. */
  keyword: string;
  args: string[];
}

/**
 * Words are separated by blanks, the first of them also by `=`; quotes of both kinds and `\\` keep blanks; `#` begins
 * a comment. A `\\` before anything else stays, as paths of Windows have it.
 */
export function parseConfigLines(file: string, text: string): ConfigLine[] {
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const [, keyword = '', rest = ''] = /^\s*([A-Za-z][A-Za-z0-9]*)(?:\s*=\s*|\s+|$)(.*)$/.exec(raw) ?? [];
    if (keyword === '') return [];
    return [{ file, line: index + 1, keyword: keyword.toLowerCase(), args: wordsOf(rest) }];
  });
}

const WORD = /#.*|(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\[ "']|\S)+/g;
const QUOTED = /"((?:\\.|[^"\\])*)"|'((?:\\.|[^'\\])*)'|\\([ "'])/g;

function wordsOf(text: string): string[] {
  const words = text.match(WORD) ?? [];
  const end = words.findIndex((word) => word.startsWith('#'));
  return (end === -1 ? words : words.slice(0, end)).map((word) => word.replace(QUOTED, unquoted));
}

const unquoted = (_: string, double?: string, single?: string, escaped?: string): string =>
  escaped ?? (double ?? single ?? '').replace(/\\(["'])/g, '$1');

/**
 * Reads one file of directives; nothing when there is none. Throws SSH_CONFIG_UNSAFE when somebody else could have
 * written it, because it decides where we go and which keys we show, and SSH_CONFIG_UNUSABLE.
 */
export async function readConfigLines(file: string): Promise<ConfigLine[]> {
  try {
    const facts = await stat(file);
    if (isOthersToWrite(facts)) throw sshFailure('SSH_CONFIG_UNSAFE', { file });
    return parseConfigLines(file, await readFile(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    if (code === undefined) throw error;
    throw sshFailure('SSH_CONFIG_UNUSABLE', { file, reason: code });
  }
}

const isOthersToWrite = ({ uid, mode }: { uid: number; mode: number }): boolean =>
  process.platform !== 'win32' && ((mode & 0o022) !== 0 || ![0, process.getuid?.()].includes(uid));

/** The files that a pattern of `Include` names, in the order of their names; relative ones are below `base`. */
export async function includedFiles(pattern: string, base: string): Promise<string[]> {
  const path = isAbsolute(pattern) ? pattern : join(base, pattern);
  if (!/[*?]/.test(path)) return [path];
  const parents = await includedFiles(dirname(path), base);
  const wanted = basename(path);
  const found = await Promise.all(
    parents.map(async (parent) => {
      const names = await readdir(parent).catch(() => []);
      return names.sort().filter((name) => matchesPatterns([wanted], name) && isShown(name, wanted));
    }),
  );
  return parents.flatMap((parent, index) => (found[index] ?? []).map((name) => join(parent, name)));
}

const isShown = (name: string, pattern: string): boolean => !name.startsWith('.') || pattern.startsWith('.');

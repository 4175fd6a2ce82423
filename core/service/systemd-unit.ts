import type { ServicePlan } from './service-plan.ts';
import { parseEnvironmentFile } from './systemd-environment-file.ts';
import { expand, quoteArgument, quoteWord, type Specifiers, splitWords } from './systemd-words.ts';

/** systemd starts no program with these in its name, but another program may. */
const UNSAFE_PROGRAM = /["'\\\p{Cc}]/u;
const ENV = '/usr/bin/env';

/**
 * A user unit. 78 is the exit status for "the configuration has to change first": starting again would not help.
 * The gateway needs five seconds at most to end; systemd gives it thirty.
 */
export function renderUnit(plan: ServicePlan): string {
  const [program, ...rest] = UNSAFE_PROGRAM.test(plan.argv[0]) ? [ENV, ...plan.argv] : plan.argv;
  const command = [quoteWord(program), ...rest.map(quoteArgument)].join(' ');
  const env = Object.entries(plan.env).map(([name, value]) => `Environment=${quoteWord(`${name}=${value}`)}`);
  return `${[
    '[Unit]',
    `Description=${plan.description.replaceAll('%', '%%')}`,
    'After=network-online.target',
    'Wants=network-online.target',
    'StartLimitBurst=10',
    'StartLimitIntervalSec=300',
    '',
    '[Service]',
    `ExecStart=${command}`,
    ...env,
    'Restart=always',
    'RestartSec=2',
    'RestartPreventExitStatus=78',
    'SuccessExitStatus=0 143',
    'TimeoutStopSec=30',
    'KillMode=mixed',
    'UMask=0077',
    '',
    '[Install]',
    'WantedBy=default.target',
  ].join('\n')}\n`;
}

/** A file that EnvironmentFile= names; an optional one may be missing. */
export interface EnvironmentFile {
  path: string;
  isOptional: boolean;
}

/** What a unit, with its drop-ins appended, says of the program it starts. */
export interface ParsedUnit {
  argv: string[];
  env: Record<string, string>;
  environmentFiles: EnvironmentFile[];
  workingDirectory?: string;
}

/** Never throws: what cannot be understood is left out. An empty value takes back what was said before it. */
export function parseUnit(text: string, specifiers: Specifiers): ParsedUnit {
  const unit: ParsedUnit = { argv: [], env: {}, environmentFiles: [] };
  for (const [key, value] of serviceLines(text)) READERS[key]?.(unit, value, specifiers);
  return unit;
}

type Reader = (unit: ParsedUnit, value: string, specifiers: Specifiers) => void;

const expandedWords = (value: string, specifiers: Specifiers): string[] =>
  splitWords(value).map((word) => expand(word, specifiers));

const READERS: Readonly<Record<string, Reader>> = {
  ExecStart: (unit, value, specifiers) => {
    unit.argv = value === '' ? [] : commandOf(expandedWords(value, specifiers));
  },
  Environment: (unit, value, specifiers) => {
    unit.env = value === '' ? {} : { ...unit.env, ...assignments(expandedWords(value, specifiers)) };
  },
  EnvironmentFile: (unit, value, specifiers) => {
    unit.environmentFiles = value === '' ? [] : [...unit.environmentFiles, ...filesOf(value, specifiers)];
  },
  WorkingDirectory: (unit, value, specifiers) => {
    const path = expand(value.replace(/^-/, ''), specifiers);
    if (path !== '') unit.workingDirectory = path === '~' ? (specifiers.h ?? path) : path;
  },
};

/** May stand for several files, which are not looked for. */
const WILDCARD = /[*?[]/;

/** The environment of the unit's program: files come after Environment=, a later file after an earlier one. */
export function unitEnvironment(
  { env, environmentFiles }: ParsedUnit,
  read: (path: string) => string | undefined,
): { env: Record<string, string>; missing: string[] } {
  const merged = { ...env };
  const missing: string[] = [];
  for (const { path, isOptional } of environmentFiles) {
    const text = read(path);
    if (text !== undefined) Object.assign(merged, parseEnvironmentFile(text));
    else if (!isOptional && !WILDCARD.test(path)) missing.push(path);
  }
  return { env: merged, missing };
}

/** Assignments of [Service] in their order; lines that end with a backslash go on, comments between them do not. */
function serviceLines(text: string): [key: string, value: string][] {
  const lines: [string, string][] = [];
  let section = '';
  for (const line of logicalLines(text)) {
    const header = /^\[(.+)\]$/.exec(line)?.[1];
    if (header !== undefined) section = header;
    else if (section === 'Service') {
      const [, key, value = ''] = /^([^=]+?)\s*=\s*(.*)$/su.exec(line) ?? [];
      if (key !== undefined) lines.push([key, value]);
    }
  }
  return lines;
}

function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open = '';
  for (const raw of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(raw)) continue;
    const line = open + raw.trim();
    if (line.endsWith('\\')) {
      open = `${line.slice(0, -1)} `;
      continue;
    }
    open = '';
    if (line !== '') lines.push(line);
  }
  return open === '' ? lines : [...lines, open.trim()];
}

/** Signs before the program (`-`, `@`, `:`, `+`, `!`, `|`) tell systemd how to start it. */
function commandOf(words: string[]): string[] {
  const [first = '', ...rest] = words;
  const signs = /^[-@:+!|]*/.exec(first)?.[0] ?? '';
  const args = signs.includes('@') ? rest.slice(1) : rest;
  const plain = args.map((argument) => argument.replaceAll('$$', '$'));
  const program = first.slice(signs.length);
  return program === ENV && plain[0]?.startsWith('/') ? plain : [program, ...plain];
}

function assignments(words: readonly string[]): Record<string, string> {
  const pairs = words.flatMap((word) => {
    const at = word.indexOf('=');
    return at > 0 ? [[word.slice(0, at), word.slice(at + 1)] as const] : [];
  });
  return Object.fromEntries(pairs);
}

const PATH_START = /^-?["']?-?["']?[/%~]/;

/** One path a line, which may hold blanks; people also quote it, or write several that each look like a path. */
function filesOf(value: string, specifiers: Specifiers): EnvironmentFile[] {
  const words = splitWords(value);
  const isList = /["']/.test(value) || words.every((word) => PATH_START.test(word));
  return (isList ? words : [value]).map((word) => ({
    path: expand(word.replace(/^-/, ''), specifiers),
    isOptional: word.startsWith('-'),
  }));
}

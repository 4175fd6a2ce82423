import { createHash } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { invalidRequest } from '../protocol/errors.ts';
import { argvText, hiddenCharacters, overlooked } from './command-text.ts';

export const DECISIONS = ['allow-once', 'allow-always', 'deny'] as const;
export type ApprovalDecision = (typeof DECISIONS)[number];

/** A file the command names and the agent could change: what was approved is this content. */
export interface BoundFile {
  path: string;
  /** SHA-256 of the content in hex. */
  sha256: string;
}

export interface ApprovalInput {
  /** Chosen by the asker; a random one otherwise. */
  id?: string;
  /** The command line. With `argv` it is shown only if it is what `argv` runs. */
  command?: string;
  argv?: readonly string[];
  cwd?: string | null;
  /** Variables the command brings along, not those it inherits. */
  env?: Readonly<Record<string, string>>;
  /** `gateway`, `node` or `sandbox`: where it is to run. */
  host?: string | null;
  nodeId?: string | null;
  agentId?: string | null;
  sessionKey?: string | null;
  sessionId?: string | null;
  runId?: string | null;
  toolCallId?: string | null;
  /** Absolute path of the program that `argv` starts. */
  resolvedPath?: string | null;
  security?: string | null;
  ask?: string | null;
  warningText?: string | null;
  unavailableDecisions?: readonly 'allow-always'[];
  files?: readonly BoundFile[];
  timeoutMs?: number;
}

/** What a person is shown, whole, under the names of the wire. */
export interface ApprovalView {
  command: string;
  commandArgv?: string[];
  cwd: string | null;
  env?: Record<string, string>;
  host: string | null;
  nodeId: string | null;
  agentId: string | null;
  sessionKey: string | null;
  sessionId: string | null;
  runId: string | null;
  toolCallId: string | null;
  resolvedPath: string | null;
  security: string | null;
  ask: string | null;
  warningText: string | null;
  unavailableDecisions?: 'allow-always'[];
}

export interface PreparedApproval {
  view: ApprovalView;
  /** SHA-256 over everything that decides what runs. */
  sha256: string;
  allowedDecisions: ApprovalDecision[];
  /** What an "allow always" would store on this host. */
  rule: { program: string; argv: readonly string[] } | undefined;
}

const MAX_TOTAL_CHARS = 256 * 1024;

/** Refuses what could not be shown whole; nothing is ever cut. */
export function prepareApproval(input: ApprovalInput): PreparedApproval {
  const command = shownCommand(input);
  if (JSON.stringify({ ...input, command }).length > MAX_TOTAL_CHARS) {
    throw invalidRequest('the command is too long to be shown whole; put it into a script and run that');
  }
  const rule = storableRule(input);
  const always = offersAlways(input, rule !== undefined);
  return {
    view: viewOf(input, command, always),
    sha256: bindingHash(input),
    allowedDecisions: always ? [...DECISIONS] : ['allow-once', 'deny'],
    rule: always ? rule : undefined,
  };
}

/** Equal hashes mean equal bytes of command, arguments, directory, variables, files, place and asker. */
export function bindingHash(input: ApprovalInput): string {
  const env = Object.entries(input.env ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [
    'exec-approval-1',
    input.command ?? null,
    input.argv ?? null,
    input.resolvedPath ?? null,
    input.cwd ?? null,
    env,
    (input.files ?? []).map(({ path, sha256 }) => [path, sha256]),
    [input.host, input.nodeId, input.agentId, input.sessionKey].map((part) => part ?? null),
  ];
  return createHash('sha256').update(JSON.stringify(parts), 'utf8').digest('hex');
}

function shownCommand({ command, argv }: ApprovalInput): string {
  if (argv === undefined || argv.length === 0) {
    if (command === undefined || command === '') throw invalidRequest('command is required');
    return command;
  }
  // A shell with one command line is shown as this line; any other claim about argv is not believed.
  return command !== undefined && command !== '' && isShellLine(argv, command) ? command : argvText(argv);
}

function isShellLine(argv: readonly string[], command: string): boolean {
  const [program = '', ...rest] = argv;
  const options = rest.slice(0, -1).join(' ').toLowerCase();
  if (rest.at(-1) !== command) return false;
  return (
    (/(^|\/)(sh|bash|zsh|dash|ash)$/.test(program) && ['-c', '-lc'].includes(options)) ||
    (/(^|\\)cmd(\.exe)?$/i.test(program) && ['/c', '/d /s /c'].includes(options))
  );
}

const SHELL = /(^|[/\\])((ba|z|da|a|k|fi)?sh|cmd(\.exe)?|(powershell|pwsh)(\.exe)?)$/i;
/** Patterns, variables and commands within: what they stand for is known only when the line runs. */
const LATER = /[*?[{$`~%]/;

function storableRule(input: ApprovalInput): PreparedApproval['rule'] {
  const { resolvedPath, argv, env = {}, files = [] } = input;
  if (!resolvedPath || !isAbsolute(resolvedPath) || argv === undefined || argv.length === 0) return undefined;
  if (!input.agentId || Object.keys(env).length > 0 || files.length > 0) return undefined;
  if (SHELL.test(resolvedPath) && argv.some((arg) => LATER.test(arg))) return undefined;
  return { program: resolvedPath, argv };
}

/** A node keeps its own rules; here only what a rule can describe exactly may be allowed for good. */
function offersAlways(input: ApprovalInput, storable: boolean): boolean {
  if (input.unavailableDecisions?.includes('allow-always') || input.ask === 'always') return false;
  return storable || input.host === 'node';
}

const orNull = (text: string | null | undefined): string | null => text ?? null;

function viewOf(input: ApprovalInput, command: string, always: boolean): ApprovalView {
  const { argv = [], env = {} } = input;
  return {
    command,
    ...(argv.length > 0 && { commandArgv: [...argv] }),
    cwd: orNull(input.cwd),
    ...(Object.keys(env).length > 0 && { env: { ...env } }),
    host: orNull(input.host),
    nodeId: orNull(input.nodeId),
    agentId: orNull(input.agentId),
    sessionKey: orNull(input.sessionKey),
    sessionId: orNull(input.sessionId),
    runId: orNull(input.runId),
    toolCallId: orNull(input.toolCallId),
    resolvedPath: orNull(input.resolvedPath),
    security: orNull(input.security),
    ask: orNull(input.ask),
    warningText: warningOf(input, command),
    ...(!always && { unavailableDecisions: ['allow-always' as const] }),
  };
}

function warningOf(input: ApprovalInput, command: string): string | null {
  const variables = Object.entries(input.env ?? {}).flat();
  const hidden = hiddenCharacters([command, input.cwd ?? '', ...variables].join(''));
  return (
    [
      ...(hidden === undefined ? [] : [`The command holds characters that do not show: ${hidden}.`]),
      ...overlooked(command),
      ...(input.warningText ? [input.warningText] : []),
    ].join(' ') || null
  );
}

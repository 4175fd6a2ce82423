import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { asObject, type Json } from '../lib/json.ts';

/** One allowed program. Without `argPattern` a rule that a person wrote allows any arguments. */
export interface AllowRule {
  id?: string;
  /** Absolute path of the program; `*` stands for anything within one directory, `**` also across. */
  pattern: string;
  source?: 'allow-always';
  commandText?: string;
  argPattern?: string;
  lastUsedAt?: number;
  lastUsedCommand?: string;
  lastResolvedPath?: string;
}

export interface ApprovalDefaults {
  security?: string;
  ask?: string;
  askFallback?: string;
  autoAllowSkills?: boolean;
}

export interface AgentApprovals extends ApprovalDefaults {
  allowlist?: AllowRule[];
  mcpTools?: Json[];
}

/** The document of `exec.approvals.get` and `.set`, see protocol/types-v4.md. */
export interface ApprovalsFile {
  version: 1;
  socket?: { path?: string; token?: string };
  defaults?: ApprovalDefaults;
  agents?: Record<string, AgentApprovals>;
}

export type StoredApprovals =
  /** `hash` is the SHA-256 of the text in hex; of the empty text when there is no file. */
  | { status: 'ok'; exists: boolean; hash: string; file: ApprovalsFile }
  /** Nothing may be allowed by a file that cannot be understood. `reason` completes "the file …". */
  | { status: 'damaged'; exists: true; hash: string; reason: string };

export type ParsedApprovals = { ok: true; file: ApprovalsFile } | { ok: false; reason: string };

export const MAX_APPROVALS_BYTES = 1024 * 1024;

const textHash = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

export const approvalsText = (file: ApprovalsFile): string => `${JSON.stringify(file, null, 2)}\n`;

/** Read anew each time, so that what a person edits by hand counts with the next command. */
export async function readApprovals(path: string): Promise<StoredApprovals> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') {
      return {
        status: 'ok',
        exists: false,
        hash: textHash(''),
        file: { version: 1, defaults: {}, agents: {} },
      };
    }
    return { status: 'damaged', exists: true, hash: textHash(code), reason: `cannot be read (${code})` };
  }
  const hash = textHash(text);
  const parsed = parseText(text);
  return parsed.ok
    ? { status: 'ok', exists: true, hash, file: parsed.file }
    : { status: 'damaged', exists: true, hash, reason: parsed.reason };
}

function parseText(text: string): ParsedApprovals {
  if (text.length > MAX_APPROVALS_BYTES) return { ok: false, reason: 'is larger than 1 MB' };
  try {
    return parseApprovals(JSON.parse(text));
  } catch {
    return { ok: false, reason: 'is not valid JSON' };
  }
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isFlag = (value: unknown): boolean => typeof value === 'boolean';
const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0;

type Fields = Record<string, (value: unknown) => boolean>;

const SOCKET: Fields = { path: isText, token: isText };
const DEFAULTS: Fields = { security: isText, ask: isText, askFallback: isText, autoAllowSkills: isFlag };
const RULE: Fields = {
  id: isText,
  pattern: isText,
  source: (value) => value === 'allow-always',
  commandText: isText,
  argPattern: isText,
  lastUsedAt: isCount,
  lastUsedCommand: isText,
  lastResolvedPath: isText,
};
const AGENT: Fields = { ...DEFAULTS, allowlist: Array.isArray, mcpTools: Array.isArray };
const FILE: Fields = {
  version: (value) => value === 1,
  socket: isPlain,
  defaults: isPlain,
  agents: isPlain,
};

/** Accepts what the published schema accepts; anything else is refused as a whole and changes nothing. */
export function parseApprovals(value: unknown): ParsedApprovals {
  const problem = fileProblem(value);
  return problem === undefined ? { ok: true, file: value as ApprovalsFile } : { ok: false, reason: problem };
}

function fileProblem(value: unknown): string | undefined {
  if (!isPlain(value)) return 'is not an object';
  const file = value as Json;
  if (file.version !== 1) return 'needs "version": 1';
  return (
    fieldProblem('', file, FILE) ??
    fieldProblem('socket.', asObject(file.socket), SOCKET) ??
    fieldProblem('defaults.', asObject(file.defaults), DEFAULTS) ??
    firstOf(Object.entries(asObject(file.agents)), ([id, agent]) => agentProblem(`agents.${id}`, agent))
  );
}

function agentProblem(path: string, agent: unknown): string | undefined {
  if (!isPlain(agent)) return `has no object at ${path}`;
  const { allowlist = [] } = agent as AgentApprovals;
  return (
    fieldProblem(`${path}.`, agent as Json, AGENT) ??
    firstOf(allowlist, (rule, index) => ruleProblem(`${path}.allowlist.${index}`, rule))
  );
}

function ruleProblem(path: string, rule: unknown): string | undefined {
  if (!isPlain(rule) || !isText((rule as Json).pattern)) return `has no rule with a pattern at ${path}`;
  return fieldProblem(`${path}.`, rule as Json, RULE);
}

function fieldProblem(path: string, object: Json, fields: Fields): string | undefined {
  return firstOf(Object.entries(object), ([key, value]) => {
    if (!Object.hasOwn(fields, key)) return `has the unknown key ${path}${key}`;
    return fields[key]?.(value) ? undefined : `has an unusable value at ${path}${key}`;
  });
}

function firstOf<T>(
  items: readonly T[],
  problem: (item: T, index: number) => string | undefined,
): string | undefined {
  for (const [index, item] of items.entries()) {
    const found = problem(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isPlain(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

import { AGENT_KEYS } from './schema-agents.ts';
import { GATEWAY_KEYS } from './schema-gateway.ts';
import { MODEL_KEYS } from './schema-models.ts';
import { SESSION_KEYS } from './schema-sessions.ts';

/** One type a value may have; a key lists alternatives. */
export type SchemaType =
  | { kind: 'any' | 'string' | 'boolean' | 'null' | 'object' | 'ref' | 'list' }
  | { kind: 'number'; int: boolean; bounds: Bound[] }
  | { kind: 'literal'; value: string | number | boolean }
  | { kind: 'array'; of: SchemaType[] };

export interface Bound {
  op: '>' | '>=' | '<=';
  limit: number;
}

/** A key of the configuration. `list` means an array whose elements have the children of this node. */
export interface SchemaNode {
  types: SchemaType[];
  required: boolean;
  /** False when keys that are not listed are accepted. */
  closed: boolean;
  children: Map<string, SchemaNode>;
  /** What every key that is not in `children` looks like. */
  record?: SchemaNode;
}

const ALIASES: Record<string, string> = {
  '@scope':
    '"operator.admin"|"operator.read"|"operator.write"|"operator.sessions.read"|"operator.sessions.write"|"operator.approvals"|"operator.questions"|"operator.pairing"|"operator.talk"|"operator.talk.secrets"',
  '@logLevel': '"silent"|"fatal"|"error"|"warn"|"info"|"debug"|"trace"',
  '@queueMode': '"steer"|"followup"|"collect"|"steer-backlog"|"steer+backlog"|"queue"|"interrupt"',
  '@modelApi':
    '"openai-completions"|"openai-responses"|"openai-codex-responses"|"anthropic-messages"|"google-generative-ai"|"github-copilot"|"bedrock-converse-stream"|"ollama"|"openai-chatgpt-responses"|"google-vertex"|"pi-messages"|"azure-openai-responses"',
};

/**
 * Reads the key tables: every key that OpenClaw 2026.3 or 2026.9 accepts, types joined, so that the files of both
 * load. One line is one key, indented below its parent: `name[!] [type|type…]`.
 * `!` = required, `*` = any other key, no type = closed object, `object` = open object (listed children are still
 * checked), `list` = array of objects with the children below, `[type]` = array, `secret` = text or SecretRef,
 * `@name` = a set of words from the alias table.
 */
export function readConfigSchema(): SchemaNode {
  return parseSchema([GATEWAY_KEYS, AGENT_KEYS, MODEL_KEYS, SESSION_KEYS].join('\n'));
}

export function parseSchema(table: string): SchemaNode {
  const root = newNode([{ kind: 'object' }], false, true);
  const parents: SchemaNode[] = [root];
  for (const line of table.split('\n')) {
    if (line.trim() === '') continue;
    const depth = (line.length - line.trimStart().length) / 2;
    const [, name = '', mark, type] = /^\s*([^\s!]+)(!?)(?: (.*))?$/.exec(line) ?? [];
    const parent = parents[depth];
    if (!parent || name === '') throw new Error(`schema table: cannot read "${line}"`);
    const node = parseNode(type, mark === '!');
    if (name === '*') parent.record = node;
    else parent.children.set(name, node);
    parents.length = depth + 1;
    parents.push(node);
  }
  return root;
}

function parseNode(type: string | undefined, required: boolean): SchemaNode {
  if (type === undefined) return newNode([{ kind: 'object' }], required, true);
  const types = splitAlternatives(type).flatMap(parseType);
  return newNode(types, required, !types.some((t) => t.kind === 'object' || t.kind === 'any'));
}

const newNode = (types: SchemaType[], required: boolean, closed: boolean): SchemaNode => ({
  types,
  required,
  closed,
  children: new Map(),
});

/** Splits at `|` outside of brackets and quotes. */
const splitAlternatives = (text: string): string[] => text.match(/\[.*?\]|"[^"]*"|[^|]+/g) ?? [];

function parseType(text: string): SchemaType[] {
  const alias = ALIASES[text];
  if (alias) return splitAlternatives(alias).flatMap(parseType);
  if (text === 'secret') return [{ kind: 'string' }, { kind: 'ref' }];
  if (text.startsWith('[')) {
    return [{ kind: 'array', of: splitAlternatives(text.slice(1, -1)).flatMap(parseType) }];
  }
  const number = /^(int|number)(?:\((.*)\))?$/.exec(text);
  if (number) return [{ kind: 'number', int: number[1] === 'int', bounds: parseBounds(number[2]) }];
  if (isPlainKind(text)) return [{ kind: text }];
  return [{ kind: 'literal', value: JSON.parse(text) as string | number | boolean }];
}

type PlainKind = 'any' | 'string' | 'boolean' | 'null' | 'object' | 'ref' | 'list';

const isPlainKind = (text: string): text is PlainKind =>
  ['any', 'string', 'boolean', 'null', 'object', 'ref', 'list'].includes(text);

function parseBounds(text: string | undefined): Bound[] {
  return (text?.split(',') ?? []).map((bound) => {
    const [, op, limit] = /^(>=|<=|>)(.+)$/.exec(bound) ?? [];
    return { op: op as Bound['op'], limit: Number(limit) };
  });
}

/** The node that describes a child key or array element of `node`, if the table says anything about it. */
export function childNode(node: SchemaNode, key: string): SchemaNode | undefined {
  return node.children.get(key) ?? node.record;
}

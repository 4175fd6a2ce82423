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
  readonly types: SchemaType[];
  readonly required: boolean;
  /** False when keys that are not listed are accepted. */
  readonly closed: boolean;
  readonly children: ReadonlyMap<string, SchemaNode>;
  /** What every key that is not in `children` looks like. */
  readonly record?: SchemaNode | undefined;
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

/** Lines are read when somebody asks what they say, because most commands ask little. */
export function parseSchema(table: string): SchemaNode {
  const lines = table.split('\n').filter((line) => line.trim() !== '');
  return newNode({ types: [{ kind: 'object' }], required: false, closed: true }, lines, 0);
}

type OwnLine = Pick<SchemaNode, 'types' | 'required' | 'closed'>;

/** `below` are the lines of its children, which are indented by `depth` steps, and of theirs. */
function newNode(own: OwnLine, below: readonly string[], depth: number): SchemaNode {
  let found: Pick<SchemaNode, 'children' | 'record'> | undefined;
  const look = (): typeof found & object => {
    if (found) return found;
    const children = new Map(parseLines(below, depth));
    const record = children.get('*');
    children.delete('*');
    found = { children, record };
    return found;
  };
  return {
    ...own,
    get children() {
      return look().children;
    },
    get record() {
      return look().record;
    },
  };
}

function* parseLines(lines: readonly string[], depth: number): Generator<[string, SchemaNode]> {
  const indent = '  '.repeat(depth);
  let first = 0;
  while (first < lines.length) {
    const line = lines[first] ?? '';
    const [, name, mark, type] = /^([^\s!]+)(!?)(?: (.*))?$/.exec(line.slice(indent.length)) ?? [];
    if (!line.startsWith(indent) || name === undefined)
      throw new Error(`schema table: cannot read "${line}"`);
    let end = first + 1;
    while (end < lines.length && lines[end]?.startsWith(`${indent} `)) end += 1;
    yield [name, newNode(parseOwn(type, mark === '!'), lines.slice(first + 1, end), depth + 1)];
    first = end;
  }
}

function parseOwn(type: string | undefined, required: boolean): OwnLine {
  if (type === undefined) return { types: [{ kind: 'object' }], required, closed: true };
  const types = splitAlternatives(type).flatMap(parseType);
  return { types, required, closed: !types.some((t) => t.kind === 'object' || t.kind === 'any') };
}

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

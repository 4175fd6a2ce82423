import { type ConfigPath, formatConfigPath } from './config-path.ts';
import { type ReloadKind, reloadKindOf } from './reload-kind.ts';
import { childNode, type SchemaNode, type SchemaType } from './schema.ts';
import { isPluralName, isSensitivePath } from './sensitive-keys.ts';

export type JsonSchema = Record<string, unknown>;

/** How an editor should present a key. */
export interface UiHint {
  label: string;
  group?: string;
  order?: number;
  advanced?: boolean;
  sensitive?: boolean;
}

export interface SchemaChild {
  key: string;
  path: string;
  type?: string;
  required: boolean;
  hasChildren: boolean;
  reloadKind: ReloadKind;
  hint: UiHint;
  hintPath: string;
}

export interface SchemaLookup {
  path: string;
  schema: JsonSchema;
  reloadKind: ReloadKind;
  hint?: UiHint;
  hintPath?: string;
  children: SchemaChild[];
}

/** Sections in the order an editor lists them; the ones a newcomer needs are not `advanced`. */
const GROUPS: Record<string, [group: string, order: number, advanced?: false]> = {
  wizard: ['Wizard', 20],
  update: ['Update', 25],
  diagnostics: ['Diagnostics', 27],
  gateway: ['Gateway', 30],
  nodeHost: ['Node Host', 35],
  agents: ['Agents', 40],
  tools: ['Tools', 50],
  bindings: ['Bindings', 55, false],
  audio: ['Audio', 60],
  models: ['Models', 70],
  messages: ['Messages', 80, false],
  commands: ['Commands', 85, false],
  session: ['Session', 90, false],
  cron: ['Automations', 100],
  hooks: ['Hooks', 110],
  ui: ['UI', 120],
  browser: ['Browser', 130],
  talk: ['Talk', 140],
  channels: ['Messaging Channels', 150],
  skills: ['Skills', 200],
  plugins: ['Plugins', 205],
  discovery: ['Discovery', 210],
  logging: ['Logging', 900],
};

const BASIC_KEYS = new Set(
  [
    'gateway.port gateway.mode gateway.bind gateway.auth.mode gateway.auth.token gateway.auth.password',
    'gateway.trustedProxies gateway.tailscale.mode gateway.controlUi.allowedOrigins gateway.remote.url',
    'gateway.remote.transport gateway.remote.sshTarget gateway.remote.token gateway.remote.password',
    'gateway.remote.tlsFingerprint agents.defaults.model agents.defaults.workspace models.providers.*.baseUrl',
    'models.providers.*.apiKey models.providers.*.auth models.providers.*.api cron.enabled hooks.enabled hooks.token',
    'update.channel logging.level',
  ].flatMap((line) => line.split(' ')),
);

const REF_PROVIDER = { type: 'string', pattern: '^[a-z][a-z0-9_-]{0,63}$' };
const REF_ID: Record<string, JsonSchema> = {
  env: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,127}$' },
  file: { type: 'string' },
  exec: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,255}$' },
  store: { type: 'string', pattern: '^[A-Z][A-Z0-9_]{0,127}$' },
};

const refSchema: JsonSchema = {
  oneOf: Object.entries(REF_ID).map(([source, id]) => ({
    type: 'object',
    properties: { source: { type: 'string', const: source }, provider: REF_PROVIDER, id },
    required: ['source', 'provider', 'id'],
    additionalProperties: false,
  })),
};

/** The whole configuration as JSON Schema draft-07. */
export const configJsonSchema = (schema: SchemaNode): JsonSchema => ({
  $schema: 'http://json-schema.org/draft-07/schema#',
  ...nodeSchema(schema),
});

function nodeSchema(node: SchemaNode): JsonSchema {
  const alternatives = node.types.map((type) => typeSchema(type, node));
  return alternatives.length === 1 ? (alternatives[0] ?? {}) : { anyOf: alternatives };
}

function typeSchema(type: SchemaType, node: SchemaNode): JsonSchema {
  switch (type.kind) {
    case 'any':
      return {};
    case 'literal':
      return { type: typeof type.value, const: type.value };
    case 'number':
      return numberSchema(type);
    case 'array':
      return { type: 'array', items: nodeSchema({ ...node, types: type.of }) };
    case 'ref':
      return refSchema;
    case 'list':
      return { type: 'array', items: objectSchema({ ...node, closed: true }) };
    case 'object':
      return objectSchema(node);
    default:
      return { type: type.kind };
  }
}

function objectSchema(node: SchemaNode): JsonSchema {
  const required = [...node.children].filter(([, child]) => child.required).map(([key]) => key);
  return {
    type: 'object',
    properties: Object.fromEntries([...node.children].map(([key, child]) => [key, nodeSchema(child)])),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: node.record ? nodeSchema(node.record) : !node.closed,
  };
}

const BOUND_WORDS = { '>': 'exclusiveMinimum', '>=': 'minimum', '<=': 'maximum' } as const;

const numberSchema = (type: Extract<SchemaType, { kind: 'number' }>): JsonSchema => ({
  type: type.int ? 'integer' : 'number',
  ...Object.fromEntries(type.bounds.map(({ op, limit }) => [BOUND_WORDS[op], limit])),
});

/** Hints of every key by path; `*` stands for any key and `[]` for any element. */
export function configUiHints(schema: SchemaNode): Record<string, UiHint> {
  const hints: Record<string, UiHint> = {};
  const walk = (node: SchemaNode, path: string[]): void => {
    for (const [key, child] of childEntries(node)) {
      const at = [...path, key];
      hints[hintPath(at)] = hintOf(at);
      const list = child.types.some((type) => type.kind === 'list');
      walk(child, list ? [...path, `${key}[]`] : at);
    }
  };
  walk(schema, []);
  return hints;
}

const childEntries = (node: SchemaNode): [string, SchemaNode][] => [
  ...node.children,
  ...(node.record ? [['*', node.record] as [string, SchemaNode]] : []),
];

const hintPath = (path: readonly string[]): string => path.join('.');

function hintOf(path: readonly string[]): UiHint {
  const group = path.length === 1 ? GROUPS[path[0] ?? ''] : undefined;
  const basic = group ? group[2] === false : isBasic(path);
  return {
    label: labelOf(path.at(-1) ?? ''),
    ...(group ? { group: group[0], order: group[1] } : {}),
    advanced: !basic,
    ...(isSensitivePath(path) && !isPluralName(path.at(-1) ?? '') ? { sensitive: true } : {}),
  };
}

const isBasic = (path: readonly string[]): boolean =>
  BASIC_KEYS.has(hintPath(path)) || GROUPS[path[0] ?? '']?.[2] === false;

const ABBREVIATIONS = /\b(api|cli|dns|http|id|mcp|ssh|tls|ui|url)\b/gi;

/** `customBindHost` → `Custom bind host`, `sshTarget` → `SSH target`. */
function labelOf(key: string): string {
  const words = key
    .replace(/\[\]$/, '')
    .replace(/([a-z0-9])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`)
    .replace(ABBREVIATIONS, (word) => word.toUpperCase());
  return key === '*' ? 'Any key' : words.charAt(0).toUpperCase() + words.slice(1);
}

/** One key and its direct children, or undefined when the tables do not know the path. */
export function lookupSchema(schema: SchemaNode, path: ConfigPath): SchemaLookup | undefined {
  const found = descend(schema, path);
  if (!found) return undefined;
  const { node, at } = found;
  const shown = formatConfigPath(path);
  const children = childEntries(node).map(([key, child]) => childOf(key, child, shown, at));
  const hint = at.length > 0 ? { hint: hintOf(at), hintPath: hintPath(at) } : {};
  return { path: shown, schema: shallow(node), reloadKind: reloadKindOf(shown), ...hint, children };
}

/** A key of a section that is only carried along. */
const ANYTHING: SchemaNode = {
  types: [{ kind: 'any' }],
  required: false,
  closed: false,
  children: new Map(),
};

/** The node of a path, and the path as hints name it. */
function descend(schema: SchemaNode, path: ConfigPath): { node: SchemaNode; at: string[] } | undefined {
  let found: { node: SchemaNode; at: string[] } | undefined = { node: schema, at: [] };
  for (const key of path) found = found && step(found.node, found.at, String(key));
  return found;
}

function step(node: SchemaNode, at: string[], key: string): { node: SchemaNode; at: string[] } | undefined {
  const isList = node.types.some((type) => type.kind === 'list');
  if (isList && /^\d+$/.test(key)) return { node, at: [...at.slice(0, -1), `${at.at(-1) ?? ''}[]`] };
  const child = childNode(node, key) ?? (node.closed ? undefined : ANYTHING);
  return child && { node: child, at: [...at, node.record && child === node.record ? '*' : key] };
}

function childOf(key: string, node: SchemaNode, parent: string, hintParent: string[]): SchemaChild {
  const path = parent === '' ? key : `${parent}.${key}`;
  const type = nodeSchema({ ...node, children: new Map(), record: undefined }).type;
  return {
    key,
    path,
    ...(typeof type === 'string' ? { type } : {}),
    required: node.required,
    hasChildren: childEntries(node).length > 0,
    reloadKind: reloadKindOf(path),
    hint: hintOf([...hintParent, key]),
    hintPath: hintPath([...hintParent, key]),
  };
}

/** The schema of a node without its children, which a lookup lists separately. */
function shallow(node: SchemaNode): JsonSchema {
  const own = nodeSchema({ ...node, children: new Map(), record: undefined });
  if (own.properties === undefined) return own;
  const { properties: _, ...rest } = own;
  return rest;
}

import { type ConfigPath, formatConfigPath, isObject } from './config-path.ts';
import type { ConfigIssue } from './read.ts';
import { type Bound, childNode, type SchemaNode, type SchemaType } from './schema.ts';

export interface UnknownKeys {
  /** The object that holds the keys; '' is the root. */
  path: string;
  keys: string[];
}

export interface Validation {
  /** Known keys with wrong values: such a configuration cannot be used. */
  issues: ConfigIssue[];
  /** Keys the tables do not know, grouped by the object that holds them. */
  unknown: UnknownKeys[];
}

/** Checks a resolved configuration against the key tables, worded as the other OpenClaw programs word it. */
export function validateConfig(schema: SchemaNode, config: unknown): Validation {
  const found: Validation = { issues: [], unknown: [] };
  checkNode(schema, config, [], found);
  return found;
}

export const unknownKeyIssue = ({ path, keys }: UnknownKeys): ConfigIssue => ({
  path,
  message: `${keys.length > 1 ? 'Unrecognized keys' : 'Unrecognized key'}: ${keys.map((key) => JSON.stringify(key)).join(', ')}`,
});

function checkNode(node: SchemaNode, value: unknown, path: ConfigPath, found: Validation): void {
  const problem = mismatch(node.types, value);
  if (problem !== undefined) {
    const at = problem.index === undefined ? path : [...path, problem.index];
    found.issues.push({ path: formatConfigPath(at), message: problem.message });
    return;
  }
  if (Array.isArray(value) && node.types.some((type) => type.kind === 'list')) {
    value.forEach((item, index) => {
      checkElement(node, item, [...path, index], found);
    });
  } else if (isObject(value) && !isRef(node, value)) checkObject(node, value, path, found);
}

function checkElement(node: SchemaNode, item: unknown, path: ConfigPath, found: Validation): void {
  if (isObject(item)) checkObject(node, item, path, found);
  else found.issues.push({ path: formatConfigPath(path), ...expected('object', item) });
}

function checkObject(
  node: SchemaNode,
  value: Record<string, unknown>,
  path: ConfigPath,
  found: Validation,
): void {
  const unknown: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const child = childNode(node, key);
    if (child) checkNode(child, item, [...path, key], found);
    else if (node.closed) unknown.push(key);
  }
  for (const [key, child] of node.children) {
    if (child.required && !Object.hasOwn(value, key)) checkNode(child, undefined, [...path, key], found);
  }
  if (unknown.length > 0) found.unknown.push({ path: formatConfigPath(path), keys: unknown });
}

const isRef = (node: SchemaNode, value: Record<string, unknown>): boolean =>
  node.types.some((type) => type.kind === 'ref' && matches(type, value));

interface Mismatch {
  message: string;
  /** Set when only this element of an array is wrong. */
  index?: number;
}

/** Why `value` has none of the types, or undefined when it has one. */
function mismatch(types: SchemaType[], value: unknown): Mismatch | undefined {
  if (types.some((type) => matches(type, value))) return undefined;
  const only = types.length === 1 ? types[0] : undefined;
  if (only?.kind === 'number' && typeof value === 'number') return numberProblem(only, value);
  if (only?.kind === 'array' && Array.isArray(value)) return elementProblem(only.of, value);
  if (only && only.kind !== 'literal') return expected(kindName(only), value);
  return noneOf(types, value);
}

function noneOf(types: SchemaType[], value: unknown): Mismatch {
  const words = types.map((type) => (type.kind === 'literal' ? JSON.stringify(type.value) : undefined));
  if (words.every((word) => word !== undefined)) {
    return { message: `Invalid input (allowed: ${words.join(', ')})` };
  }
  const kinds = new Set(
    types.map((type) => (type.kind === 'literal' ? JSON.stringify(type.value) : kindName(type))),
  );
  return expected([...kinds].join(' or '), value);
}

function matches(type: SchemaType, value: unknown): boolean {
  switch (type.kind) {
    case 'any':
      return value !== undefined;
    case 'literal':
      return value === type.value;
    case 'number':
      return typeof value === 'number' && numberProblem(type, value) === undefined;
    case 'array':
      return Array.isArray(value) && elementProblem(type.of, value) === undefined;
    case 'ref':
      return isSecretRefShape(value);
    default:
      return kindOf(value) === (type.kind === 'list' ? 'array' : type.kind);
  }
}

/** A reference to a secret that lives elsewhere; see `secrets.ts`. */
function isSecretRefShape(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { source, provider, id, ...rest } = value;
  const filled = typeof provider === 'string' && typeof id === 'string' && id !== '';
  return (
    filled && ['env', 'file', 'exec', 'store'].includes(String(source)) && Object.keys(rest).length === 0
  );
}

function elementProblem(of: SchemaType[], items: unknown[]): Mismatch | undefined {
  for (const [index, item] of items.entries()) {
    const problem = mismatch(of, item);
    if (problem) return { message: problem.message, index };
  }
  return undefined;
}

function numberProblem(type: { int: boolean; bounds: Bound[] }, value: number): Mismatch | undefined {
  if (!Number.isFinite(value)) return expected('number', value);
  if (type.int && !Number.isSafeInteger(value)) {
    return { message: 'Invalid input: expected int, received number' };
  }
  const broken = type.bounds.find((bound) => !holds(bound, value));
  if (!broken) return undefined;
  const size = broken.op === '<=' ? 'Too big' : 'Too small';
  return { message: `${size}: expected number to be ${broken.op}${broken.limit}` };
}

function holds({ op, limit }: Bound, value: number): boolean {
  if (op === '>') return value > limit;
  return op === '>=' ? value >= limit : value <= limit;
}

const expected = (what: string, value: unknown): Mismatch => ({
  message: `Invalid input: expected ${what}, received ${kindOf(value)}`,
});

function kindName(type: SchemaType): string {
  if (type.kind === 'ref') return 'SecretRef';
  return type.kind === 'list' ? 'array' : type.kind;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : 'Infinity';
  return typeof value;
}

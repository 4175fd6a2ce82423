import type { ConfigPath } from './config-path.ts';
import { childNode, readConfigSchema, type SchemaNode, type SchemaType } from './schema.ts';
import { isPluralName, isSensitivePath } from './sensitive-keys.ts';

/**
 * Whether a key holds text and nothing but text (or a reference to a secret), so that `123456` typed for it means the
 * six characters. A key the tables do not describe counts when its name announces a secret.
 */
export function wantsText(path: ConfigPath): boolean {
  const types = typesAt(readConfigSchema(), path);
  if (types) return types.some(({ kind }) => kind === 'string') && types.every(isTextOrRef);
  return isSensitivePath(path) && !isPluralName(String(path.at(-1) ?? ''));
}

const isTextOrRef = ({ kind }: SchemaType): boolean => kind === 'string' || kind === 'ref';

/** The types the tables give for a path, or undefined when they say nothing about it. */
function typesAt(root: SchemaNode, path: ConfigPath): SchemaType[] | undefined {
  const node = path.reduce<SchemaNode | undefined>((at, key) => at && step(at, key), root);
  return node?.types.some(({ kind }) => kind === 'any') ? undefined : node?.types;
}

function step(node: SchemaNode, key: string | number): SchemaNode | undefined {
  if (typeof key === 'string') return childNode(node, key);
  if (node.types.some(({ kind }) => kind === 'list')) return node;
  const array = node.types.find((type) => type.kind === 'array');
  return array && { types: array.of, required: false, closed: true, children: new Map() };
}

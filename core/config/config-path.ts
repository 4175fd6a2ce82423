import { RpcError } from '../protocol/errors.ts';

/** Keys from the root of the configuration; a number is an index of an array. */
export type ConfigPath = readonly (string | number)[];

export type ConfigObject = Record<string, unknown>;

const PROTOTYPE_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/** Keys that could reach into the prototypes of this program instead of naming data. */
export const isPrototypeKey = (key: string): boolean => PROTOTYPE_KEYS.has(key);

export const isObject = (value: unknown): value is ConfigObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `a.b[0]["x.y"]` → keys. Throws BAD_ARGUMENT when it is not one path. */
export function parseConfigPath(text: string): ConfigPath {
  const path: (string | number)[] = [];
  const step = /(?:^|\.)([^.[\]]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (!found) throw badPath(text);
    path.push(stepKey(found, text));
  }
  if (path.length === 0) throw badPath(text);
  for (const key of path) if (isPrototypeKey(String(key))) throw badPath(text);
  return path;
}

function stepKey([, name, index, quoted]: RegExpExecArray, text: string): string | number {
  if (index !== undefined) return Number(index);
  if (name !== undefined) return name;
  try {
    return JSON.parse(quoted ?? '') as string;
  } catch {
    throw badPath(text);
  }
}

const badPath = (text: string): RpcError =>
  new RpcError(
    'BAD_ARGUMENT',
    `"${text.slice(0, 200)}" is not a configuration path. Write keys with dots, for example gateway.port or models.providers.x.models[0].id.`,
  );

/** The dotted form used in issues and change lists; indices appear as plain numbers. */
export const formatConfigPath = (path: ConfigPath): string => path.join('.');

/** The value at a path, or undefined; an index may also be given as text. Never follows prototypes. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as ConfigObject)[key];
  }
  return value;
}

/** The value at a plain dotted path such as `gateway.auth.token`. */
export const valueAtText = (root: unknown, path: string): unknown => valueAt(root, path.split('.'));

/** `value` with `path` replaced; containers on the way are copied, so `root` stays as it was. */
export function withValueAt(root: unknown, path: ConfigPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(root)) {
    const copy = [...root];
    copy[Number(key)] = withValueAt(root[Number(key)], rest, value);
    return copy;
  }
  const object = isObject(root) ? root : {};
  return { ...object, [key]: withValueAt(object[key], rest, value) };
}

/** Equality of plain data: the order of keys and the prototypes do not matter, NaN equals NaN. */
export function sameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => sameData(item, b[index]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameData(a[key], b[key]))
  );
}

import { type ConfigObject, type ConfigPath, isObject } from './config-path.ts';

/**
 * A copy of `root` with every leaf replaced by what `visit` makes of it. Leaves are texts, numbers, booleans, null
 * and whatever `isLeaf` says; `path` is only valid during the call.
 */
export function mapLeaves(
  root: unknown,
  visit: (leaf: unknown, path: ConfigPath) => unknown,
  isLeaf: (value: unknown) => boolean = () => false,
): unknown {
  const path: (string | number)[] = [];
  const enter = (key: string | number, value: unknown): unknown => {
    path.push(key);
    const result = walk(value);
    path.pop();
    return result;
  };
  const walk = (value: unknown): unknown => {
    if (isLeaf(value)) return visit(value, path);
    if (Array.isArray(value)) return value.map((item, index) => enter(index, item));
    return isObject(value) ? mapObject(value, enter) : visit(value, path);
  };
  return walk(root);
}

const mapObject = (value: ConfigObject, enter: (key: string, value: unknown) => unknown): ConfigObject =>
  Object.fromEntries(Object.entries(value).map(([key, item]) => [key, enter(key, item)]));

import { type ConfigObject, type ConfigPath, formatConfigPath, isObject } from './config-path.ts';

/**
 * The value after a merge patch: objects key by key, null deletes a key, everything else replaces. Lists whose
 * elements all carry an `id` are merged by it, unless their dotted path is one of `replacePaths`.
 */
export function mergePatch(
  target: unknown,
  patch: unknown,
  replacePaths: readonly string[] = [],
  path: ConfigPath = [],
): unknown {
  if (isIdList(target) && isIdList(patch) && !replacePaths.includes(formatConfigPath(path))) {
    return mergeById(target, patch, (element, change) => mergePatch(element, change, replacePaths, path));
  }
  if (!isObject(patch)) return patch;
  const result: ConfigObject = isObject(target) ? { ...target } : {};
  for (const [key, change] of Object.entries(patch)) {
    if (change === null) delete result[key];
    else result[key] = mergePatch(own(result, key), change, replacePaths, [...path, key]);
  }
  return result;
}

type IdObject = ConfigObject & { id: string };

const isIdList = (value: unknown): value is IdObject[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => isObject(item) && typeof item.id === 'string');

function mergeById(
  target: IdObject[],
  patch: IdObject[],
  merge: (element: unknown, change: unknown) => unknown,
): unknown[] {
  const merged = target.map((element) => {
    const changes = patch.filter((change) => change.id === element.id);
    return changes.reduce<unknown>((value, change) => merge(value, change), element);
  });
  const added = patch.filter((change) => !target.some((element) => element.id === change.id));
  return [...merged, ...added.map((change) => merge({}, change))];
}

const own = (object: ConfigObject, key: string): unknown =>
  Object.hasOwn(object, key) ? object[key] : undefined;

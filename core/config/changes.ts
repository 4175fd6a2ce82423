import { type ConfigObject, formatConfigPath, isObject, sameData, valueAtText } from './config-path.ts';
import { reloadKindOf } from './reload-kind.ts';

export interface Changes {
  changedPaths: string[];
  /** Those that only a restart applies. */
  restartPaths: string[];
}

/** Dotted paths of the leaves that differ; a list counts as one leaf. */
export function changedPaths(before: unknown, after: unknown, path: string[] = []): string[] {
  if (sameData(before, after)) return [];
  const [left, right] = [childrenOf(before), childrenOf(after)];
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])];
  if (keys.length === 0 || isLeaf(before) || isLeaf(after)) return [formatConfigPath(path)];
  return keys.flatMap((key) => changedPaths(left[key], right[key], [...path, key]));
}

/**
 * What a new configuration asks of the running gateway. `gateway.reload.mode`: `hybrid` restarts only for keys that
 * need it, `restart` for every key that is not read at its use, `hot` never.
 */
export function changesBetween(before: ConfigObject, after: ConfigObject): Changes {
  const paths = changedPaths(before, after);
  const mode = reloadMode(before);
  const restarts = paths.filter((path) => {
    const kind = reloadKindOf(path);
    return mode === 'restart' ? kind !== 'none' : kind === 'restart';
  });
  return { changedPaths: paths, restartPaths: mode === 'hot' ? [] : restarts };
}

export const reloadMode = (config: ConfigObject): string =>
  String(valueAtText(config, 'gateway.reload.mode') ?? 'hybrid');

const childrenOf = (value: unknown): ConfigObject => (isObject(value) ? value : {});

const isLeaf = (value: unknown): boolean => value !== undefined && !isObject(value);

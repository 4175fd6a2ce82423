import { type ConfigPath, formatConfigPath, isObject } from './config-path.ts';
import { mapLeaves } from './config-walk.ts';
import type { ConfigIssue } from './read.ts';
import { PLACEHOLDER_PROBLEM, REDACTED } from './redaction.ts';
import { isSensitivePath } from './sensitive-keys.ts';

export interface Restored {
  value: unknown;
  /** Paths where a placeholder stands but no secret is stored: writing it would lose or invent one. */
  missing: string[];
}

/**
 * Puts the stored values back where a client sends the redaction placeholder. Elements of lists are found by their
 * `id`; without one only when the list kept its length, so that no secret moves to another element.
 */
export function restoreRedacted(next: unknown, stored: unknown): Restored {
  const missing: string[] = [];
  const text = (value: string, old: unknown, path: ConfigPath): unknown => {
    if (!value.includes(REDACTED)) return value;
    if (value === REDACTED && isStored(old)) return old;
    missing.push(formatConfigPath(path));
    return value;
  };
  const walk = (value: unknown, old: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return text(value, old, path);
    if (Array.isArray(value)) {
      return value.map((item, index) => walk(item, counterpart(value, index, old), [...path, index]));
    }
    if (!isObject(value)) return value;
    const entries = Object.entries(value).map(([key, item]) => [
      key,
      walk(item, own(old, key), [...path, key]),
    ]);
    return Object.fromEntries(entries);
  };
  return { value: walk(next, stored, []), missing };
}

/** Placeholders that got into a configuration, where they would count as secrets that everybody knows. */
export function placeholderIssues(config: unknown): ConfigIssue[] {
  const issues: ConfigIssue[] = [];
  const visit = (leaf: unknown, path: ConfigPath): void => {
    if (typeof leaf !== 'string' || !leaf.includes(REDACTED)) return;
    if (leaf === REDACTED || isSensitivePath(path))
      issues.push({ path: formatConfigPath(path), message: PLACEHOLDER_PROBLEM });
  };
  mapLeaves(config, visit);
  return issues;
}

const isStored = (value: unknown): boolean =>
  typeof value === 'number' || (typeof value === 'string' && value !== '' && !value.includes(REDACTED));

const own = (value: unknown, key: string): unknown =>
  isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;

function counterpart(items: unknown[], index: number, old: unknown): unknown {
  if (!Array.isArray(old)) return undefined;
  const item = items[index];
  if (isObject(item) && typeof item.id === 'string') {
    return old.find((candidate) => isObject(candidate) && candidate.id === item.id);
  }
  return old.length === items.length ? old[index] : undefined;
}

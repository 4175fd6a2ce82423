import { isSecretName, REDACTED } from './redact-patterns.ts';
import type { Redactor } from './redactor.ts';

const MAX_DEPTH = 6;
const MAX_ENTRIES = 100;

/**
 * Fields of a log record as plain JSON values without secrets. Whatever a caller passes (errors,
 * circular objects, getters that throw) gives some value; it never throws.
 */
export function plainFields(fields: Record<string, unknown>, redactor: Redactor): Record<string, unknown> {
  return plainObject(fields, { redactor, parents: [] }) as Record<string, unknown>;
}

interface Walk {
  redactor: Redactor;
  parents: readonly object[];
}

function plain(value: unknown, walk: Walk): unknown {
  switch (typeof value) {
    case 'string':
      return walk.redactor.redact(value);
    case 'object':
      return value === null ? null : plainObject(value, walk);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'boolean':
    case 'undefined':
      return value;
    default:
      return walk.redactor.redact(String(value));
  }
}

function plainObject(value: object, walk: Walk): unknown {
  if (walk.parents.includes(value)) return '[circular]';
  if (walk.parents.length >= MAX_DEPTH) return '[deeper]';
  const inner: Walk = { redactor: walk.redactor, parents: [...walk.parents, value] };
  try {
    const scalar = asScalar(value);
    if (scalar !== undefined) return walk.redactor.redact(scalar);
    if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map((item) => plain(item, inner));
    return plainEntries(entriesOf(value), inner);
  } catch {
    return '[unreadable]';
  }
}

function asScalar(value: object): string | undefined {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof URL) return value.href;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  return undefined;
}

function entriesOf(value: object): [string, unknown][] {
  if (value instanceof Error) {
    const { name, message, stack, cause } = value;
    return Object.entries({ ...value, name, message, stack, cause });
  }
  if (value instanceof Map) return [...value].map(([key, item]) => [String(key), item]);
  if (value instanceof Set) return [...value].map((item, index) => [String(index), item]);
  return Object.entries(value);
}

function plainEntries(entries: [string, unknown][], walk: Walk): Record<string, unknown> {
  const shown = entries.slice(0, MAX_ENTRIES).map(([key, value]) => {
    const hidden = typeof value === 'string' && value !== '' && isSecretName(key);
    return [walk.redactor.redact(key), hidden ? REDACTED : plain(value, walk)] as const;
  });
  return Object.fromEntries(shown);
}

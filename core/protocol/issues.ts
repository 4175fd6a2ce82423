import type { core } from 'zod';

/** Which era's wording a peer expects. */
export type Era = 3 | 4;

type Issue = core.$ZodIssue;

/**
 * Says what is wrong with a value in the words OpenClaw clients match on, for example
 * `must have required property 'x'; at /client/id: must be equal to one of the allowed values`.
 * Source: wire protocol, frames ("param validation messages").
 */
export function describeIssues(issues: readonly Issue[], value: unknown, era: Era): string {
  const required: string[] = [];
  const others: string[] = [];
  for (const issue of issues) {
    const isMissing = issue.code !== 'unrecognized_keys' && missing(value, issue.path);
    (isMissing ? required : others).push(sentence(issue, isMissing, era));
  }
  return [...required, ...others].join('; ');
}

function sentence(issue: Issue, isMissing: boolean, era: Era): string {
  if (isMissing) {
    const parent = pointer(issue.path.slice(0, -1));
    return `${parent ? `at ${parent}: ` : ''}must have required property '${String(issue.path.at(-1))}'`;
  }
  const where = pointer(issue.path) || 'root';
  const said = words(issue, era);
  return said.map((text) => `at ${where}: ${text}`).join('; ');
}

function words(issue: Issue, era: Era): string[] {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `unexpected property '${key}'`);
    case 'invalid_type':
      return [`must be ${issue.expected === 'int' ? 'integer' : expectedName(issue.expected)}`];
    case 'invalid_value':
      return era === 4 && issue.values.length > 1
        ? ['must be equal to one of the allowed values']
        : issue.values.length > 1
          ? ['must be equal to constant', 'must match a schema in anyOf']
          : ['must be equal to constant'];
    case 'too_small':
      return [bound(issue.origin, Number(issue.minimum), 'fewer', era)];
    case 'too_big':
      return [bound(issue.origin, Number(issue.maximum), 'more', era)];
    case 'invalid_union':
      return ['must match a schema in anyOf'];
    default:
      return ['must be valid'];
  }
}

function expectedName(expected: string): string {
  return expected === 'record' ? 'object' : expected;
}

function bound(origin: string, limit: number, side: 'fewer' | 'more', era: Era): string {
  if (origin === 'string' || origin === 'array') {
    const unit = origin === 'string' ? 'characters' : 'items';
    return `must ${era === 3 ? 'NOT' : 'not'} have ${side} than ${limit} ${unit}`;
  }
  return side === 'fewer' ? `must be >= ${limit}` : `must be <= ${limit}`;
}

function pointer(path: readonly PropertyKey[]): string {
  return path.map((key) => `/${String(key)}`).join('');
}

function missing(value: unknown, path: readonly PropertyKey[]): boolean {
  if (path.length === 0) return false;
  let at: unknown = value;
  for (const key of path.slice(0, -1)) at = (at as Record<PropertyKey, unknown> | undefined)?.[key];
  const last = path.at(-1);
  return (
    typeof at === 'object' &&
    at !== null &&
    !Array.isArray(at) &&
    last !== undefined &&
    !Object.hasOwn(at, last)
  );
}

import type { Json } from './recording.ts';

export interface Difference {
  /** `health payload.agents[].heartbeat.target` */
  where: string;
  what: 'missing' | 'extra' | 'type' | 'value';
  recorded?: unknown;
  ours?: unknown;
}

/** Names of another run: they differ each time, and what was recorded stands for what we gave in its place. */
const NAMES = new Set(
  (
    'requestId deviceId publicKey deviceToken token hash configRevisionHash appliedConfigHash nonce connId bootId ' +
    'instanceId runId sessionId messageId itemId turnId lifecycleRevision responseId deltaCursor'
  ).split(' '),
);

/** Values that describe a machine, a build or a moment. */
const LOCAL = new Set(
  (
    'version host ip platform deviceFamily modelIdentifier path paths file root raw stateDir configPath ' +
    'runtimeVersion generatedAt prompt text lastTouchedAt lastTouchedVersion remoteIp message signal ' +
    'degraded reasons truncated reset workspace sessionFile'
  ).split(' '),
);

/** Not every machine or moment has them; labels were taken out of the recordings. */
const OPTIONAL = new Set(['ip', 'modelIdentifier', 'degradedSinceMs', 'skippedBytes', 'label']);

/** What is inside is content, not protocol. */
const CONTENT = new Set(['properties', 'uiHints', 'schema']);

/** What stands in our run for a name in the recording. */
export class Names {
  private readonly ours = new Map<string, string>();

  learn(recorded: unknown, ours: unknown): void {
    if (typeof recorded === 'string' && typeof ours === 'string' && recorded !== '')
      this.ours.set(recorded, ours);
  }

  /** `value` with every name replaced, also inside longer texts when the name is long enough to be one. */
  translate<T>(value: T): T {
    return walk(value, (text) => {
      const whole = this.ours.get(text);
      if (whole !== undefined) return whole;
      let result = text;
      for (const [recorded, ours] of this.ours) {
        if (recorded.length >= 16) result = result.replaceAll(recorded, ours);
      }
      return result;
    }) as T;
  }
}

function walk(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => walk(item, change));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, change)]));
}

/** A day of the calendar is a time like those in numbers: of another run it is another one. */
const anyDay = (value: unknown): unknown =>
  walk(value, (text) => (/^\d{4}-\d{2}-\d{2}$/.test(text) ? 'YYYY-MM-DD' : text));

/**
 * Same keys, same types, and the same values but for names, times and what describes a machine. A list may be
 * empty on either side; of lists of objects the first elements are compared.
 */
export function differences(recorded: unknown, ours: unknown, names: Names, where: string): Difference[] {
  const key = (/([^.[\]]+)(?:\[\])*$/.exec(where) ?? [])[1] ?? '';
  if (kindOf(recorded) !== kindOf(ours)) return [{ where, what: 'type', recorded, ours }];
  if (CONTENT.has(key)) return [];
  if (Array.isArray(recorded)) return listDifferences(recorded, ours as unknown[], names, where);
  if (recorded !== null && typeof recorded === 'object') {
    return objectDifferences(recorded as Json, ours as Json, names, where);
  }
  if (typeof recorded === 'number') return [];
  if (NAMES.has(key)) {
    names.learn(recorded, ours);
    return [];
  }
  if (LOCAL.has(key) || names.translate(anyDay(recorded)) === anyDay(ours)) return [];
  return [{ where, what: 'value', recorded, ours }];
}

function objectDifferences(recorded: Json, ours: Json, names: Names, where: string): Difference[] {
  const at = (key: string): string => `${where}.${key}`;
  const found: Difference[] = [];
  for (const [key, value] of Object.entries(recorded)) {
    if (OPTIONAL.has(key)) continue;
    if (!Object.hasOwn(ours, key)) found.push({ where: at(key), what: 'missing', recorded: value });
    else found.push(...differences(value, ours[key], names, at(key)));
  }
  for (const [key, value] of Object.entries(ours)) {
    if (!Object.hasOwn(recorded, key) && !OPTIONAL.has(key))
      found.push({ where: at(key), what: 'extra', ours: value });
  }
  return found;
}

function listDifferences(recorded: unknown[], ours: unknown[], names: Names, where: string): Difference[] {
  if (recorded.length === 0 || ours.length === 0) return [];
  const isText = [...recorded, ...ours].every((item) => typeof item === 'string');
  if (!isText) return differences(recorded[0], ours[0], names, `${where}[]`);
  const same = JSON.stringify(names.translate(anyDay(recorded))) === JSON.stringify(anyDay(ours));
  return same || LOCAL.has(where.split('.').at(-1) ?? '') ? [] : [{ where, what: 'value', recorded, ours }];
}

/** An error is the same when code, message and details are, but for the names in them and the time to wait. */
export function errorDifferences(recorded: Json, ours: Json, names: Names, where: string): Difference[] {
  const { message, retryAfterMs: _recordedWait, ...rest } = recorded;
  const { message: ourMessage, retryAfterMs: _ourWait, ...ourRest } = ours;
  const found = differences(rest, ourRest, names, where);
  if ('retryAfterMs' in recorded !== 'retryAfterMs' in ours) {
    found.push({ where: `${where}.retryAfterMs`, what: 'retryAfterMs' in ours ? 'extra' : 'missing' });
  }
  const expected = names.translate(message);
  if (expected !== ourMessage) {
    found.push({ where: `${where}.message`, what: 'value', recorded: expected, ours: ourMessage });
  }
  return found;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

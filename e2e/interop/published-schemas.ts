import { ProtocolSchemas } from '@openclaw/gateway-protocol/schema';
import { Compile, type Validator } from 'typebox/compile';

type Schema = Parameters<typeof Compile>[0];

const SCHEMAS = ProtocolSchemas as unknown as Record<string, Schema>;
const HEALTH = (SCHEMAS.Snapshot as { properties: { health: Schema } }).properties.health;
const PRESENCE = SCHEMAS.PresenceEntry as Schema;

/** Fields that OpenClaw 2026.9.6 was recorded sending and that the schemas, published with 2026.9.1, do not have yet. */
const LATER: Record<string, string[]> = {
  'hello-ok': ['auth.method'],
  health: ['modelRuntime'],
  'channels.status': ['statusIssues'],
};

/** Fields of events that OpenClaw has always sent and that no schema has. */
const UNPUBLISHED: Record<string, string[]> = { agent: ['sessionKey', 'sessionId', 'agentId'] };

export function withoutUnpublished(event: string, payload: unknown): unknown {
  const entries = Object.entries(payload as object);
  return Object.fromEntries(entries.filter(([key]) => !UNPUBLISHED[event]?.includes(key)));
}

/** `value` without the fields that are newer than the schemas; throws when it has none of them. */
export function withoutLater(name: string, value: unknown): unknown {
  const copy = structuredClone(value);
  for (const path of LATER[name] ?? []) {
    const keys = path.split('.');
    const last = keys.pop() as string;
    let at = copy as Record<string, unknown>;
    for (const key of keys) at = at[key] as Record<string, unknown>;
    if (!Object.hasOwn(at, last)) throw new Error(`${name} has no ${path}: take it from the table`);
    delete at[last];
  }
  return copy;
}

/** What no naming rule finds, because the schema is published only as a part of another one. */
const WITHIN: Record<string, Schema> = {
  health: HEALTH,
  'system-presence': { type: 'array', items: PRESENCE } as Schema,
  'presence event': {
    type: 'object',
    required: ['presence'],
    properties: { presence: { type: 'array', items: PRESENCE } },
    additionalProperties: false,
  } as Schema,
  'health event': HEALTH,
  'exec.approvals.get': SCHEMAS.ExecApprovalsSnapshot as Schema,
  'exec.approvals.set': SCHEMAS.ExecApprovalsSnapshot as Schema,
  'hello-ok': SCHEMAS.HelloOk as Schema,
};

/** `config.schema.lookup` → `ConfigSchemaLookup` */
const pascal = (name: string): string =>
  name
    .split(/[.-]/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

function published(...names: string[]): Schema | undefined {
  return names.map((name) => SCHEMAS[name]).find((schema) => schema !== undefined);
}

/** The schema of what `method` answers: `LogsTailResult`, `ConfigSchemaResponse`, `AgentIdentityResult` of `…get`. */
export function resultSchema(method: string): Schema | undefined {
  const stem = pascal(method);
  const short = stem.replace(/Get$/, '');
  return WITHIN[method] ?? published(`${stem}Result`, `${stem}Response`, `${short}Result`);
}

export function paramsSchema(method: string): Schema | undefined {
  const stem = pascal(method);
  return published(`${stem}Params`, `${stem.replace(/Get$/, '')}Params`);
}

export function eventSchema(event: string): Schema | undefined {
  return WITHIN[`${event} event`] ?? published(`${pascal(event)}Event`);
}

export function frameSchema(frame: { type: string }): Schema {
  return (frame.type === 'res' ? SCHEMAS.ResponseFrame : SCHEMAS.EventFrame) as Schema;
}

export const helloSchema = (): Schema => WITHIN['hello-ok'] as Schema;
export const errorDetailsSchema = (): Schema => SCHEMAS.GatewayErrorDetails as Schema;

/** Compiling one takes longer than using it. */
const compiled = new WeakMap<object, Validator>([]);

/** What `schema` has against `value`, as `/path: reason`; nothing when it is valid. */
export function problems(schema: Schema, value: unknown): string[] {
  const validator = compiled.get(schema as object) ?? (Compile(schema) as unknown as Validator);
  compiled.set(schema as object, validator);
  if (validator.Check(value)) return [];
  return [...validator.Errors(value)].map(
    ({ instancePath, message }) =>
      `${instancePath || '/'}: ${message} (${JSON.stringify(value)?.slice(0, 200)})`,
  );
}

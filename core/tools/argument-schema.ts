import { asObject, type Json } from '../lib/json.ts';

/** The part of JSON Schema that tools use, so that what a model is told is also what is checked. */
export interface ArgumentSchema {
  type: 'object' | 'string' | 'integer' | 'number' | 'boolean' | 'array';
  description?: string;
  properties?: Record<string, ArgumentSchema>;
  required?: string[];
  additionalProperties?: boolean | ArgumentSchema;
  items?: ArgumentSchema;
  enum?: string[];
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
}

export type CheckedArguments = { ok: true; value: Json } | { ok: false; reason: string };

class BadArgument extends Error {}

/**
 * Copies what the schema names and refuses the rest. Models like to send null for what they leave out,
 * so a null that is not required counts as absent. The copy has no prototype to fall back on.
 */
export function checkArguments(schema: ArgumentSchema, args: unknown): CheckedArguments {
  try {
    return { ok: true, value: checkObject(schema, args ?? {}, '') };
  } catch (error) {
    if (error instanceof BadArgument) return { ok: false, reason: error.message };
    throw error;
  }
}

function check(schema: ArgumentSchema, value: unknown, path: string): unknown {
  if (schema.type === 'object') return checkObject(schema, value, path);
  if (schema.type === 'array') return checkArray(schema, value, path);
  if (schema.type === 'string') return checkText(schema, value, path);
  if (schema.type === 'boolean') {
    if (typeof value !== 'boolean') throw new BadArgument(`${path} must be true or false`);
    return value;
  }
  return checkNumber(schema, value, path);
}

function checkObject(schema: ArgumentSchema, value: unknown, path: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new BadArgument(`${path || 'the arguments'} must be an object`);
  }
  const properties = asObject(schema.properties) as Record<string, ArgumentSchema>;
  const checked: Json = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    const at = below(path, key);
    const known = Object.hasOwn(properties, key) ? properties[key] : otherSchema(schema, at);
    if (known && item !== null && item !== undefined) checked[key] = check(known, item, at);
  }
  const missing = schema.required?.find((key) => !(key in checked));
  if (missing !== undefined) throw new BadArgument(`${below(path, missing)} is required`);
  return checked;
}

const below = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`);

function otherSchema(schema: ArgumentSchema, at: string): ArgumentSchema {
  if (typeof schema.additionalProperties === 'object') return schema.additionalProperties;
  throw new BadArgument(`${shown(at)} is not an argument of this tool`);
}

function checkArray(schema: ArgumentSchema, value: unknown, path: string): unknown[] {
  if (!Array.isArray(value)) throw new BadArgument(`${path} must be a list`);
  const { items, minItems = 0, maxItems = 1000 } = schema;
  if (value.length < minItems || value.length > maxItems) {
    throw new BadArgument(`${path} must have ${minItems} to ${maxItems} items`);
  }
  return items ? value.map((item, index) => check(items, item, `${path}.${index}`)) : [...value];
}

function checkText(schema: ArgumentSchema, value: unknown, path: string): string {
  if (typeof value !== 'string') throw new BadArgument(`${shown(path)} must be a text`);
  const { minLength = 0, maxLength = 65_536 } = schema;
  if (value.length < minLength) throw new BadArgument(`${path} must not be empty`);
  if (value.length > maxLength) throw new BadArgument(`${path} may have ${maxLength} characters`);
  if (schema.enum && !schema.enum.includes(value)) {
    throw new BadArgument(`${path} must be one of ${schema.enum.join(', ')}`);
  }
  return value;
}

function checkNumber(schema: ArgumentSchema, value: unknown, path: string): number {
  const whole = schema.type === 'integer';
  if (typeof value !== 'number' || !Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
    throw new BadArgument(`${path} must be a ${whole ? 'whole number' : 'number'}`);
  }
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = schema;
  if (value < minimum || value > maximum) {
    throw new BadArgument(`${path} must be between ${minimum} and ${maximum}`);
  }
  return value;
}

const shown = (name: string): string => JSON.stringify(name.slice(0, 64));

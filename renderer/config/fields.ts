/** How a value is shown and typed. `json`: everything that has no control of its own. */
export type FieldKind = 'text' | 'secret' | 'number' | 'choice' | 'lines' | 'json';
export type Reload = 'none' | 'hot' | 'restart';

export interface Field {
  path: readonly string[];
  label: string;
  kind: FieldKind;
  choices: readonly (string | number | boolean)[];
  minimum?: number | undefined;
  maximum?: number | undefined;
  reload: Reload;
  /** For those who have just begun. */
  isBasic: boolean;
}

/** The keys directly below one place. */
export interface Group {
  path: readonly string[];
  fields: Field[];
  /** Any other key may be added here. */
  isOpen: boolean;
}

export interface Section {
  key: string;
  label: string;
  order: number;
  groups: Group[];
}

type Schema = Readonly<Record<string, unknown>>;

/** What the program says of its own configuration, and what is in it. */
export interface FieldSources {
  schema: unknown;
  /** By path; `*` stands for any key. */
  hints: Readonly<Record<string, unknown>>;
  reload: Readonly<Record<string, Reload>>;
  values: unknown;
  /** Dotted paths that somebody has just begun. */
  begun: readonly string[];
}

interface Place {
  path: readonly string[];
  /** As hints name it. */
  hint: readonly string[];
}

export const REDACTED = '__OPENCLAW_REDACTED__';

const asSchema = (value: unknown): Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Schema) : {};

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** The value at a path; never follows prototypes. */
export function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, key)
        ? (value as Record<string, unknown>)[key]
        : undefined,
    root,
  );
}

/** Every key that can be set, in sections; below a key for which any name fits, the names that are there. */
export function sectionsOf(sources: FieldSources): Section[] {
  const properties = asSchema(asSchema(sources.schema).properties);
  return Object.entries(properties)
    .map(([key, schema]): Section => {
      const { group, label, order } = asSchema(sources.hints[key]);
      const place = { path: [key], hint: [key] };
      const groups = isContainer(asSchema(schema))
        ? groupsAt(asSchema(schema), place, sources)
        : [{ path: [], fields: [fieldAt(asSchema(schema), place, sources)], isOpen: false }];
      return { key, label: String(group ?? label ?? key), order: Number(order ?? 500), groups };
    })
    .filter(({ groups }) => groups.length > 0)
    .sort((one, other) => one.order - other.order || one.key.localeCompare(other.key));
}

function groupsAt(schema: Schema, place: Place, sources: FieldSources): Group[] {
  const children = childrenOf(schema, place, sources);
  const leaves = children.filter(([child]) => !isContainer(child));
  const inner = children.filter(([child]) => isContainer(child));
  const isOpen = Object.keys(asSchema(schema.additionalProperties)).length > 0;
  const fields = leaves.map(([child, at]) => fieldAt(child, at, sources));
  const own = fields.length > 0 || isOpen ? [{ path: place.path, fields, isOpen }] : [];
  return [...own, ...inner.flatMap(([child, at]) => groupsAt(child, at, sources))];
}

/** Named keys, then those that are there because any name fits. */
function childrenOf(schema: Schema, { path, hint }: Place, sources: FieldSources): [Schema, Place][] {
  const named = Object.entries(asSchema(schema.properties)).map(([key, child]): [Schema, Place] => [
    asSchema(child),
    { path: [...path, key], hint: [...hint, key] },
  ]);
  const any = asSchema(schema.additionalProperties);
  if (Object.keys(any).length === 0) return named;
  const known = Object.keys(asSchema(schema.properties));
  const prefix = `${path.join('.')}.`;
  const begun = sources.begun.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  const present = Object.keys(asSchema(valueAt(sources.values, path)));
  const others = [...new Set([...present, ...begun])].filter((key) => !known.includes(key));
  return [
    ...named,
    ...others.map((key): [Schema, Place] => [any, { path: [...path, key], hint: [...hint, '*'] }]),
  ];
}

/** Something with keys of its own to show. */
const isContainer = ({ type, properties, additionalProperties }: Schema): boolean =>
  type === 'object' &&
  (Object.keys(asSchema(properties)).length > 0 || Object.keys(asSchema(additionalProperties)).length > 0);

function fieldAt(schema: Schema, { path, hint }: Place, { hints, reload, values }: FieldSources): Field {
  const { label, advanced, sensitive } = asSchema(hints[hint.join('.')]);
  const name = path.at(-1) ?? '';
  const isSecret = sensitive === true || valueAt(values, path) === REDACTED;
  const { minimum, maximum } = schema;
  const choices = choicesOf(schema);
  return {
    path,
    label: hint.at(-1) === '*' ? name : String(label ?? name),
    kind: isSecret ? 'secret' : kindOf(schema, choices),
    choices,
    minimum: typeof minimum === 'number' ? minimum : undefined,
    maximum: typeof maximum === 'number' ? maximum : undefined,
    reload: reload[hint.join('.')] ?? 'restart',
    isBasic: advanced === false,
  };
}

function choicesOf(schema: Schema): (string | number | boolean)[] {
  if (schema.type === 'boolean') return [true, false];
  const alternatives = schema.anyOf === undefined ? [schema] : asList(schema.anyOf).map(asSchema);
  const values = alternatives.flatMap((one) => (one.type === 'boolean' ? [true, false] : [one.const]));
  const isPlain = (value: unknown): value is string | number | boolean =>
    ['string', 'number', 'boolean'].includes(typeof value);
  return values.every(isPlain) ? values : [];
}

function kindOf(schema: Schema, choices: readonly unknown[]): FieldKind {
  if (choices.length > 0) return 'choice';
  const types = (schema.anyOf === undefined ? [schema] : asList(schema.anyOf)).map((one) => asSchema(one));
  if (types.every(({ type, oneOf }) => type === 'string' || oneOf !== undefined)) return 'text';
  if (types.length > 1) return 'json';
  if (schema.type === 'number' || schema.type === 'integer') return 'number';
  return schema.type === 'array' && isTextSchema(asSchema(schema.items)) ? 'lines' : 'json';
}

const isTextSchema = ({ type, const: value }: Schema): boolean => type === 'string' && value === undefined;

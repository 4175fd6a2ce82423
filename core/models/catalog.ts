import { asObject, type Json } from '../lib/json.ts';
import { ECHO_MODEL, ECHO_PROVIDER } from './known-providers.ts';

export interface CatalogModel {
  id: string;
  name: string;
  provider: string;
  alias?: string;
  contextWindow?: number;
  reasoning?: boolean;
  input?: string[];
}

/** The built-in model of the dev profile; see `echo-model.ts`. */
const ECHO: CatalogModel = {
  id: ECHO_MODEL,
  name: 'Echo',
  provider: ECHO_PROVIDER,
  contextWindow: 128_000,
  input: ['text'],
};

/** The models named under `models.providers.*`, in the order of the configuration; then the echo model, if offered. */
export function modelCatalog(config: Json, devEcho = false): CatalogModel[] {
  const aliases = aliasTable(config);
  const configured = Object.entries(asObject(asObject(config.models).providers)).flatMap(
    ([provider, settings]) => {
      const models = asObject(settings).models;
      return Array.isArray(models) ? models.flatMap((row) => modelOf(provider, asObject(row), aliases)) : [];
    },
  );
  return devEcho ? [...configured, { ...ECHO }] : configured;
}

function modelOf(provider: string, row: Json, aliases: Map<string, string>): CatalogModel[] {
  const { id, name, contextWindow, reasoning, input } = row;
  if (typeof id !== 'string' || id === '') return [];
  const model: CatalogModel = { id, name: typeof name === 'string' && name !== '' ? name : id, provider };
  const alias = aliases.get(`${provider}/${id}`);
  if (alias !== undefined) model.alias = alias;
  if (typeof contextWindow === 'number' && contextWindow >= 1)
    model.contextWindow = Math.floor(contextWindow);
  if (typeof reasoning === 'boolean') model.reasoning = reasoning;
  if (Array.isArray(input)) model.input = input.map(String);
  return [model];
}

function aliasTable(config: Json): Map<string, string> {
  const table = new Map<string, string>();
  for (const [model, settings] of Object.entries(
    asObject(asObject(asObject(config.agents).defaults).models),
  )) {
    const { alias } = asObject(settings);
    if (typeof alias === 'string' && alias !== '') table.set(model, alias);
  }
  return table;
}

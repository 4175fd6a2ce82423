import { request } from 'node:http';
import { asObject, asText } from '../lib/json.ts';
import { ModelError } from './model-error.ts';

/** A model server found on this computer, and what would make it usable. Nothing is configured by finding it. */
export interface LocalOffer {
  id: 'ollama' | 'llamacpp' | 'lmstudio';
  name: string;
  /** For `models.providers.<id>.baseUrl`; the API is openai-completions. */
  baseUrl: string;
  models: string[];
  /** The commands that configure it with its first model. */
  commands: string[];
}

export interface LocalServer {
  id: LocalOffer['id'];
  name: string;
  port: number;
  /** Where it lists its models. */
  path: '/api/tags' | '/v1/models';
}

const LOCAL_SERVERS: readonly LocalServer[] = [
  { id: 'ollama', name: 'Ollama', port: 11434, path: '/api/tags' },
  { id: 'llamacpp', name: 'llama.cpp', port: 8080, path: '/v1/models' },
  { id: 'lmstudio', name: 'LM Studio', port: 1234, path: '/v1/models' },
];

const PROBE_MS = 300;
const MAX_LIST_BYTES = 1024 * 1024;
const MAX_MODELS = 100;
const MODEL_NAME = /^[\w./:@+-]{1,200}$/;

/** Asks the usual ports of the loopback address, for 300 ms at most. */
export async function detectLocal(servers: readonly LocalServer[] = LOCAL_SERVERS): Promise<LocalOffer[]> {
  const offers = await Promise.all(servers.map(probe));
  return offers.filter((offer) => offer !== undefined);
}

/** Where no model is configured at all and a server runs here, the error whose fix is to use that one. */
export async function offerLocal(error: ModelError, servers?: readonly LocalServer[]): Promise<ModelError> {
  if (error.kind !== 'no-model' || error.provider !== '') return error;
  const [offer] = await detectLocal(servers);
  if (!offer) return error;
  const [configure, choose] = offer.commands;
  const text = `No model is configured, but ${offer.name} runs on this computer.\nFix: ${configure}\n  ${choose}`;
  return new ModelError('no-model', text, error);
}

async function probe(server: LocalServer): Promise<LocalOffer | undefined> {
  const list = await listing(server);
  const models = list === undefined ? [] : modelNames(list);
  const [first] = models;
  if (first === undefined) return undefined;
  const baseUrl = `http://127.0.0.1:${server.port}/v1`;
  const provider = {
    baseUrl,
    api: 'openai-completions',
    models: models.slice(0, 1).map((id) => ({ id, name: id })),
  };
  return {
    id: server.id,
    name: server.name,
    baseUrl,
    models,
    commands: [
      `openclaw config set models.providers.${server.id} '${JSON.stringify(provider)}' --strict-json`,
      `openclaw config set agents.defaults.model ${server.id}/${first}`,
    ],
  };
}

/** Names go into a command to copy, so only those that need no quoting are offered. */
function modelNames(list: unknown): string[] {
  const { models, data } = asObject(list);
  const rows = Array.isArray(models) ? models : Array.isArray(data) ? data : [];
  const names = rows.map((row) => asText(asObject(row).id) ?? asText(asObject(row).name));
  return names.filter((name) => name !== undefined && MODEL_NAME.test(name)).slice(0, MAX_MODELS) as string[];
}

function listing(server: LocalServer): Promise<unknown> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(PROBE_MS);
    const options = { host: '127.0.0.1', port: server.port, path: server.path, agent: false, signal };
    const probing = request(options, (message) => {
      const pieces: Buffer[] = [];
      let size = 0;
      message.on('data', (piece: Buffer) => {
        size += piece.length;
        if (size > MAX_LIST_BYTES) message.destroy();
        else pieces.push(piece);
      });
      message.on('error', () => resolve(undefined));
      message.on('close', () => resolve(undefined));
      message.on('end', () => resolve(message.statusCode === 200 ? parsed(pieces) : undefined));
    });
    probing.on('error', () => resolve(undefined));
    // An answer that would leave HTTP is told here only.
    probing.on('upgrade', () => {
      probing.destroy();
      resolve(undefined);
    });
    probing.end();
  });
}

function parsed(pieces: Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(pieces).toString('utf8'));
  } catch {
    return undefined;
  }
}

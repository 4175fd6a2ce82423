import { type Behaviour, type ModelServer, startModelServer } from '../../core/testing/model-server.ts';
import { ALL_SCOPES, type ConnectRequest, TestPeer } from '../../core/testing/test-peer.ts';
import { freePort, TestHome, TOKEN, wsUrl } from '../fixtures/gateway-process.ts';

export type Json = Record<string, unknown>;

export const MODEL_KEY = 'sk-e2e-0123456789abcdef';

/** A provider `stub` at the server, with the models `echo-1` and `echo-2`. */
export function modelConfig(server: ModelServer, defaults: Json = {}): Json {
  const row = (id: string): Json => ({ id, name: id, contextWindow: 128_000, maxTokens: 100_000 });
  const stub = {
    baseUrl: `${server.origin}/v1`,
    apiKey: MODEL_KEY,
    api: 'openai-completions',
    models: [row('echo-1'), row('echo-2')],
  };
  return {
    models: { providers: { stub } },
    agents: { defaults: { model: { primary: 'stub/echo-1' }, ...defaults } },
  };
}

export interface AgentHome extends AsyncDisposable {
  home: TestHome;
  port: number;
  server: ModelServer;
}

/** A model server, and a home whose gateway asks it. `more` replaces whole sections of the configuration. */
export async function agentHome(behaviours: Behaviour[] = [], more: Json = {}): Promise<AgentHome> {
  const server = await startModelServer(...behaviours);
  const port = await freePort();
  const auth = { mode: 'token', token: TOKEN.token };
  const home = await TestHome.create({
    gateway: { mode: 'local', port, auth },
    ...modelConfig(server),
    ...more,
  });
  return {
    home,
    port,
    server,
    [Symbol.asyncDispose]: async () => {
      await home[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

/** A client with every scope and tool events, of either era. */
export async function client(port: number, request: ConnectRequest = {}): Promise<TestPeer> {
  const { peer, response } = await TestPeer.connect(wsUrl(port), {
    auth: TOKEN,
    scopes: ALL_SCOPES,
    ...request,
    extra: { caps: ['tool-events'], ...request.extra },
  });
  if (response.ok !== true) throw new Error(JSON.stringify(response.error));
  return peer;
}

export interface WireMessage {
  role: string;
  /** What people typed is plain text for v4. */
  content: string | { type: string; text?: string }[];
  idempotencyKey?: string;
  stopReason?: string;
  openclawAbort?: { aborted: boolean; origin: string; runId: string };
  openclawError?: { runId: string };
  __openclaw: { id: string; seq: number; runId?: string };
}

export const partsOf = ({ content }: Pick<WireMessage, 'content'>): string[] =>
  typeof content === 'string' ? [content] : content.map(({ text }) => text ?? '');

export const textOf = (message: Pick<WireMessage, 'content'>): string => partsOf(message).join('');

/** The whole transcript, oldest first, page by page. */
export async function transcript(peer: TestPeer, sessionKey: string): Promise<WireMessage[]> {
  const pages: WireMessage[][] = [];
  let offset = 0;
  for (;;) {
    const page = await peer.request('chat.history', { sessionKey, limit: 1000, offset });
    pages.unshift(page.messages as WireMessage[]);
    if (page.hasMore !== true) return pages.flat();
    offset = page.nextOffset as number;
  }
}

/** Matches the `chat` event that tells this of the run. */
export const chatIs =
  (runId: string, state: string) =>
  (frame: Json): boolean => {
    const payload = frame.payload as Json | undefined;
    return frame.event === 'chat' && payload?.runId === runId && payload.state === state;
  };

/** Sends a message and resolves with the event by which its run ends. */
export async function converse(
  peer: TestPeer,
  message: string,
  runId: string,
  more: Json = {},
): Promise<Json> {
  await peer.request('chat.send', { sessionKey: 'main', message, idempotencyKey: runId, ...more });
  const ends = ['final', 'aborted', 'error'].map((state) => chatIs(runId, state));
  const frame = await peer.waitFor((one) => ends.some((isEnd) => isEnd(one)));
  return frame.payload as Json;
}

export const words = (count: number): string[] => Array.from({ length: count }, (_, at) => ` word-${at}`);

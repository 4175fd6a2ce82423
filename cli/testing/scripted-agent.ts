import { type Peer, type Request, startScriptedGateway } from '../../core/client/testing/scripted-gateway.ts';

type Params = Record<string, unknown>;

/** What a scripted gateway does with one request; a value that comes back is the answer. */
export type Script = (params: Params, peer: Peer, request: Request) => unknown;

const OWNER = { method: 'token', role: 'operator', scopes: ['operator.admin'] };

/** May be changed while the gateway runs; new connections see it. */
export interface Door {
  bootId: string;
  /** Those it says it has; those with a script unless given. */
  methods?: string[];
  /** Turns everybody away who comes. */
  refusal?: { code: string; message: string; details?: object };
}

/** A gateway that greets everybody as its owner and does what `scripts` says with each method. */
export async function startScriptedAgent(scripts: Record<string, Script>, door: Door = { bootId: 'boot' }) {
  const asked: { method: string; params: Params; scopes: readonly string[] | undefined }[] = [];
  const gateway = await startScriptedGateway(async (peer) => {
    const features = { methods: door.methods ?? Object.keys(scripts), events: [], capabilities: [] };
    const server = { version: '2026.9.6', bootId: door.bootId, connId: 'c' };
    if (door.refusal) return peer.turnAway(door.refusal);
    await peer.greet({ auth: OWNER, features, server });
    for (;;) {
      const request = await peer.next();
      const params = (request.params ?? {}) as Params;
      asked.push({ method: request.method, params, scopes: peer.connect?.scopes });
      const script = scripts[request.method];
      if (!script)
        peer.refuse(request, { code: 'INVALID_REQUEST', message: `unknown method: ${request.method}` });
      else {
        const answer = script(params, peer, request);
        if (answer !== undefined) peer.answer(request, answer);
      }
    }
  });
  const at = ['--url', gateway.url, '--token', 'test-token'];
  return { ...gateway, asked, at };
}

export const SESSION = 'agent:main:main';

/** The events of one run, as a gateway of version 4 tells them. */
export function tellRun(peer: Peer, runId: string) {
  const common = { runId, sessionKey: SESSION, agentId: 'main' };
  const message = (text: string) => ({ role: 'assistant', content: [{ type: 'text', text }], timestamp: 1 });
  return {
    text: (text: string, itemId = 'i:1') =>
      peer.event('agent', { ...common, stream: 'assistant', data: { text, itemId } }),
    tool: (data: object) =>
      peer.event('agent', { ...common, stream: 'tool', data: { name: 'exec', toolCallId: 'c1', ...data } }),
    final: (text: string) => peer.event('chat', { ...common, state: 'final', message: message(text) }),
    aborted: (text: string) => peer.event('chat', { ...common, state: 'aborted', message: message(text) }),
    failed: (errorMessage: string) => peer.event('chat', { ...common, state: 'error', errorMessage }),
  };
}

export const agentResult = (runId: string, text: string, aborted = false) => ({
  runId,
  status: 'ok',
  summary: aborted ? 'aborted' : 'completed',
  result: { payloads: [{ text, mediaUrl: null }], meta: { durationMs: 1, aborted } },
});

export const approvalEvent = (runId: string, command: string) => ({
  id: 'ap-1',
  request: { command, runId, sessionKey: SESSION, cwd: '/w' },
  createdAtMs: Date.now(),
  expiresAtMs: Date.now() + 120_000,
});

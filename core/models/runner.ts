import type { Clock } from '../lib/clock.ts';
import type { Json } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';
import { type CliBackend, cliBackend } from './cli-backend.ts';
import { cliStream } from './cli-stream.ts';
import { offerLocal } from './detect-local.ts';
import { echoStream } from './echo-model.ts';
import { SINGLE_PATIENCE_MS, streamWithFallback } from './fallback.ts';
import { ECHO_PROVIDER, knownProvider } from './known-providers.ts';
import type { ModelEvent, ModelRef, ModelRequest, ModelRunner } from './model.ts';
import { abortedError, ModelError } from './model-error.ts';
import type { ResolveSecret } from './provider-credentials.ts';
import { providerSettings } from './provider-settings.ts';
import { providerStream } from './provider-stream.ts';
import {
  type AgentModel,
  type ModelChain,
  resolveChain,
  type SessionModel,
  unknownProviderText,
} from './resolve.ts';
import { streamWithRetries } from './retry.ts';
import { createTransport, type Transport } from './transport.ts';
import { createTurnLock, type TurnLock } from './turn-lock.ts';

export interface ModelRunnerDeps {
  /** The configuration as it is now; asked for every request. */
  config(): Json;
  resolveSecret: ResolveSecret;
  env: NodeJS.ProcessEnv;
  clock: Clock;
  log: Logger;
  /** Takes each event of a provider as one record of the raw stream. */
  rawStream?: (line: object) => void;
  /** Takes lines about CLI backends and what they print. */
  cliBackendLog?: (line: string) => void;
  /** Offers `echo/echo-1`, which needs no key. */
  devEcho: boolean;
}

export interface Models extends ModelRunner {
  /** `stream` for a chain of models; see `fallback.ts`. */
  streamWithFallback(
    chain: readonly ModelRef[],
    request: Omit<ModelRequest, 'model'>,
  ): AsyncIterable<ModelEvent>;
  /** The models to try for a run of this agent in this session; needs no network. */
  resolve(agent: AgentModel | undefined, session: SessionModel | undefined): ModelChain;
  /** `resolve`, which where nothing is configured looks for a model server on this computer to offer. */
  resolveOrOffer(agent: AgentModel | undefined, session: SessionModel | undefined): Promise<ModelChain>;
  /** False for the program of a CLI backend, which can do more than answer. */
  mayAskEarly(model: ModelRef): boolean;
  /** Aborts what still streams, ends the processes of CLI backends and closes connections. */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;

/** Every model that the configuration names, behind one interface. */
export function createModelRunner(deps: ModelRunnerDeps): Models {
  const transport = createTransport();
  const turns = createTurnLock();
  const open = new Map<symbol, { control: AbortController; ended: Promise<void> }>();
  const stream = (request: ModelRequest, patienceMs: number): AsyncIterable<ModelEvent> =>
    tracked(open, request, (tracking) =>
      streamWithRetries(() => streamOnce(deps, transport, turns, tracking), {
        ref: tracking.model,
        clock: deps.clock,
        log: deps.log,
        signal: tracking.signal,
        patienceMs,
      }),
    );
  const resolve: Models['resolve'] = (agent, session) =>
    resolveChain({ config: deps.config(), env: deps.env, devEcho: deps.devEcho }, agent, session);
  return {
    stream: (request) => stream(request, SINGLE_PATIENCE_MS),
    streamWithFallback: (chain, request) => streamWithFallback(stream, chain, request),
    resolve,
    mayAskEarly: ({ provider }) => {
      const config = deps.config();
      const known = knownProvider(config, deps.devEcho, provider);
      return known !== undefined && cliBackend(config, known) === undefined;
    },
    resolveOrOffer: async (agent, session) => {
      const resolved = resolve(agent, session);
      return 'error' in resolved ? { error: await offerLocal(resolved.error) } : resolved;
    },
    close: async () => {
      const running = [...open.values()];
      for (const { control } of running) control.abort();
      // A stream that nobody reads any more never ends by itself; its connection or process is gone all the same.
      const all = Promise.all(running.map(({ ended }) => ended));
      const enough = new AbortController();
      await Promise.race([all, deps.clock.sleep(CLOSE_MS, enough.signal)]);
      enough.abort();
      transport.close();
    },
  };
}

/** Ties a request to `close()`, whose abort it sees like its caller's. */
async function* tracked(
  open: Map<symbol, { control: AbortController; ended: Promise<void> }>,
  request: ModelRequest,
  run: (request: ModelRequest) => AsyncIterable<ModelEvent>,
): AsyncGenerator<ModelEvent> {
  const key = Symbol(request.model.model);
  const control = new AbortController();
  const abort = (): void => control.abort();
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  open.set(key, { control, ended });
  if (request.signal.aborted) abort();
  request.signal.addEventListener('abort', abort, { once: true });
  try {
    yield* run({ ...request, signal: control.signal });
  } finally {
    request.signal.removeEventListener('abort', abort);
    open.delete(key);
    end();
  }
}

async function* streamOnce(
  deps: ModelRunnerDeps,
  transport: Transport,
  turns: TurnLock,
  given: ModelRequest,
): AsyncGenerator<ModelEvent> {
  const config = deps.config();
  const provider = knownProvider(config, deps.devEcho, given.model.provider);
  if (provider === undefined) {
    throw new ModelError('no-model', unknownProviderText(given.model.provider), given.model);
  }
  const request = { ...given, model: { ...given.model, provider } };
  const onRaw = rawRecorder(deps, request);
  const backend = cliBackend(config, provider);
  if (backend) {
    yield* backendStream(backend, request, deps, turns, onRaw);
  } else if (provider === ECHO_PROVIDER && deps.devEcho) {
    yield* echoStream(request, deps.clock);
  } else {
    const { env, resolveSecret, clock } = deps;
    const settings = await providerSettings(request.model, { config, env, resolveSecret });
    yield* providerStream(settings, request, { clock, transport, onRaw });
  }
}

async function* backendStream(
  backend: CliBackend,
  request: ModelRequest,
  deps: ModelRunnerDeps,
  turns: TurnLock,
  onRaw: ((event: unknown) => void) | undefined,
): AsyncGenerator<ModelEvent> {
  const leave = backend.serialize ? await turns.enter(backend.id, request.signal) : () => {};
  if (leave === undefined) throw abortedError(request.model);
  try {
    yield* cliStream(backend, request, { clock: deps.clock, env: deps.env, log: deps.cliBackendLog, onRaw });
  } finally {
    leave();
  }
}

function rawRecorder(
  { rawStream, clock }: ModelRunnerDeps,
  { model, session }: ModelRequest,
): ((event: unknown) => void) | undefined {
  if (rawStream === undefined) return undefined;
  const origin = {
    provider: model.provider,
    model: model.model,
    ...(session ? { sessionId: session.id } : {}),
  };
  return (event) => rawStream({ ts: clock.now(), ...origin, event });
}

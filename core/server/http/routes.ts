import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { PROOF_PATH } from '../../protocol/gateway-proof.ts';
import { type Origin, type OriginPolicy, originOf } from '../origin.ts';
import type { ProofDesk } from './proof.ts';
import { sendError, sendJson, sendText } from './responses.ts';

export interface HttpDeps {
  originPolicy(): OriginPolicy;
  /** Names of what is not ready yet; empty when everything is. */
  failing(): string[];
  uptimeMs(): number;
  eventLoop(): unknown;
  strictTransportSecurity(): string | undefined;
  proof: ProofDesk;
}

/** One request that is answered. */
interface Exchange {
  response: ServerResponse;
  url: string;
  origin: Origin;
}

interface Route {
  methods: readonly string[];
  handle(deps: HttpDeps, exchange: Exchange): void;
}

const NO_STORE = { 'cache-control': 'no-store' };
const READ = ['GET', 'HEAD'];

const live: Route = {
  methods: READ,
  handle: (_deps, { response }) => sendJson(response, 200, { ok: true, status: 'live' }, NO_STORE),
};

/** What exactly fails is for callers on this machine; others learn only whether the gateway is ready. */
const ready: Route = {
  methods: READ,
  handle: (deps, { response, origin }) => {
    const failing = deps.failing();
    const details = origin.directLocal
      ? { failing, uptimeMs: deps.uptimeMs(), eventLoop: deps.eventLoop() }
      : {};
    sendJson(
      response,
      failing.length === 0 ? 200 : 503,
      { ready: failing.length === 0, ...details },
      NO_STORE,
    );
  },
};

/** For whoever wants to know which gateway this is before it gives it a secret. */
const proof: Route = {
  methods: READ,
  handle: ({ proof: desk }, { response, url, origin }) => {
    const answer = desk.answer(url, origin.address, servedFingerprint(response));
    if (answer.status === 200) sendJson(response, 200, answer.body, NO_STORE);
    else
      sendError(
        response,
        answer.status,
        answer.status === 429 ? 'rate_limited' : 'bad_request',
        answer.message,
      );
  },
};

/** Of the certificate in use on this connection: a new one may be served to the next. */
function servedFingerprint({ socket }: ServerResponse): string | undefined {
  const certificate = (socket as Partial<TLSSocket> | null)?.getCertificate?.();
  const fingerprint = certificate && 'fingerprint256' in certificate ? certificate.fingerprint256 : undefined;
  return fingerprint?.replaceAll(':', '').toLowerCase();
}

/** Every HTTP route. Whatever a request asks for, it passes the same origin check first. */
export const ROUTES: Readonly<Record<string, Route>> = {
  '/healthz': live,
  '/health': live,
  '/readyz': ready,
  '/ready': ready,
  [PROOF_PATH]: proof,
};

export function handleHttp(deps: HttpDeps, request: IncomingMessage, response: ServerResponse): void {
  const hsts = deps.strictTransportSecurity();
  if (hsts !== undefined) response.setHeader('strict-transport-security', hsts);
  request.resume();
  const origin = originOf(request, deps.originPolicy());
  if ('status' in origin) {
    sendError(response, origin.status, origin.type, origin.message);
    return;
  }
  const route = routeOf(request.url ?? '');
  if (!route) sendText(response, 404, 'Not Found');
  else if (!route.methods.includes(request.method ?? '')) {
    sendText(response, 405, 'Method Not Allowed', { allow: route.methods.join(', ') });
  } else route.handle(deps, { response, url: request.url ?? '', origin });
}

/** Only the literal path counts: no decoding, no dot segments, nothing that two parsers could read differently. */
function routeOf(url: string): Route | undefined {
  const path = url.split('?', 1)[0] ?? '';
  return Object.hasOwn(ROUTES, path) ? ROUTES[path] : undefined;
}

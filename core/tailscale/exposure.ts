import type { Reach } from './reach.ts';
import { type PortUse, readFacts, readPortUse, type TailscaleFacts } from './tailscale-facts.ts';
import { problem, problemOf, problemWith, type TailscaleProblem } from './tailscale-problems.ts';
import type { RunTailscale } from './tailscale-program.ts';

/** What is to be opened: the gateway to the tailnet, or to the internet. */
export interface ExposureRequest {
  mode: 'serve' | 'funnel';
  /** Of the gateway on this machine. */
  port: number;
  isTls: boolean;
  /** Where it can be reached from then on; Tailscale allows a funnel on 443, 8443 and 10000 only. */
  httpsPort: number;
  /** What an earlier gateway of this state directory has set up; it makes way if it is another one. */
  left?: Exposure | undefined;
}

/** One handler of Tailscale's that leads to a gateway; enough to take away this one and no other. */
export interface Exposure {
  mode: 'serve' | 'funnel';
  host: string;
  httpsPort: number;
  /** What it is passed on to. */
  target: string;
}

export interface ExposureTools {
  run: RunTailscale;
  reach: Reach;
  /** Once aborted, what is asked of others is given up. */
  signal: AbortSignal;
}

export type Exposed =
  /** `isNew`: it was not there before. `problem`: it is set up, and yet nobody comes through. */
  | { ok: true; exposure: Exposure; isNew: boolean; problem?: TailscaleProblem }
  | { ok: false; problem: TailscaleProblem };

const ASK_MS = 5_000;
/** Where something is not allowed, `tailscale` waits until somebody allows it. */
const CHANGE_MS = 10_000;

/** Has Tailscale pass requests on to a gateway, and sees for itself that they arrive. Takes nobody else's place. */
export async function expose(request: ExposureRequest, tools: ExposureTools): Promise<Exposed> {
  const facts = await factsOf(tools.run);
  if ('code' in facts) return { ok: false, problem: facts };
  const exposure = exposureOf(request, facts);
  const { left } = request;
  if (left && !isSameExposure(left, exposure)) await withdraw(left, tools.run);
  const before = await portUseOf(exposure, tools.run);
  if ('code' in before) return { ok: false, problem: before };
  const isNew = !isThere(exposure, before);
  const refused = obstacleTo(exposure, before) ?? (isNew ? await setUp(exposure, tools.run) : undefined);
  if (refused) return { ok: false, problem: refused };
  const reason = await reachThrough(exposure, facts, tools);
  const fault =
    reason === undefined ? undefined : problem('TAILSCALE_NOT_REACHABLE', { ...placeOf(exposure), reason });
  return { ok: true, exposure, isNew, ...(fault && { problem: fault }) };
}

function reachThrough(
  { host, httpsPort: port }: Exposure,
  { addresses }: TailscaleFacts,
  { reach, signal }: ExposureTools,
): Promise<string | undefined> {
  const address = addresses.find((one) => !one.includes(':')) ?? addresses[0];
  return reach({ host, port, address }, signal);
}

export const isSameExposure = (a: Exposure | undefined, b: Exposure): boolean =>
  a !== undefined &&
  a.mode === b.mode &&
  a.host === b.host &&
  a.httpsPort === b.httpsPort &&
  a.target === b.target;

/** Takes the handler away if it is still the one that was set up; what others have configured since stays. */
export async function withdraw(
  exposure: Exposure,
  run: RunTailscale,
): Promise<{ ok: true; removed: boolean } | { ok: false; problem: TailscaleProblem }> {
  const use = await portUseOf(exposure, run);
  if ('code' in use) return { ok: false, problem: use };
  if (!isThere(exposure, use)) return { ok: true, removed: false };
  const end = await run([exposure.mode, ...place(exposure), 'off'], CHANGE_MS);
  const refused = problemOf(end);
  return refused ? { ok: false, problem: refused } : { ok: true, removed: true };
}

/** Where clients find the gateway. */
export const urlOf = ({ host, httpsPort }: Exposure): string =>
  `wss://${host}${httpsPort === 443 ? '' : `:${httpsPort}`}`;

const placeOf = (exposure: Exposure) => ({
  host: exposure.host,
  port: exposure.httpsPort,
  url: urlOf(exposure).replace(/^wss/, 'https'),
});

/** The path is named so that `off` takes this handler away and not all those of the port. */
const place = ({ httpsPort }: Exposure): string[] => [`--https=${httpsPort}`, '--set-path=/'];

async function factsOf(run: RunTailscale): Promise<TailscaleFacts | TailscaleProblem> {
  const end = await run(['status', '--json'], ASK_MS);
  const facts = end.kind === 'ended' ? readFacts(end.stdout) : undefined;
  // Where nobody is logged in the answer is complete, and yet the exit status is not 0.
  const failed = facts
    ? problemWith(facts)
    : (problemOf(end) ?? problem('TAILSCALE_FAILED', { reason: 'status --json' }));
  return failed ?? (facts as TailscaleFacts);
}

async function portUseOf(
  { host, httpsPort }: Exposure,
  run: RunTailscale,
): Promise<PortUse | TailscaleProblem> {
  const end = await run(['serve', 'status', '--json'], ASK_MS);
  const failed = problemOf(end);
  if (failed || end.kind !== 'ended') return failed ?? problem('TAILSCALE_SILENT');
  return (
    readPortUse(end.stdout, host, httpsPort) ?? problem('TAILSCALE_FAILED', { reason: 'serve status --json' })
  );
}

/** Tailscale does not look at the certificate of a gateway on its own machine, as nobody stands between. */
const exposureOf = (
  { mode, port, isTls, httpsPort }: ExposureRequest,
  { dnsName }: TailscaleFacts,
): Exposure => ({
  mode,
  host: dnsName,
  httpsPort,
  target: `${isTls ? 'https+insecure' : 'http'}://127.0.0.1:${port}`,
});

const isThere = ({ mode, target }: Exposure, { handlers, isFunnel }: PortUse): boolean =>
  handlers['/'] === target && isFunnel === (mode === 'funnel');

/** A port is open to the internet as a whole or not at all, so that a change of it would be one for everybody there. */
function obstacleTo(exposure: Exposure, use: PortUse): TailscaleProblem | undefined {
  const { '/': held, ...others } = use.handlers;
  const ours = held === exposure.target;
  if (use.isTcp || (held !== undefined && !ours))
    return problem('TAILSCALE_PORT_TAKEN', { ...placeOf(exposure), reason: held ?? 'TCP' });
  const changesFunnel = use.isFunnel !== (exposure.mode === 'funnel');
  const [other] = Object.keys(others);
  if (changesFunnel && other !== undefined)
    return problem('TAILSCALE_OTHERS_AFFECTED', { ...placeOf(exposure), reason: other });
  return undefined;
}

async function setUp(exposure: Exposure, run: RunTailscale): Promise<TailscaleProblem | undefined> {
  const argv = [exposure.mode, '--bg', '--yes', ...place(exposure), exposure.target];
  const refused = problemOf(await run(argv, CHANGE_MS));
  if (refused) return refused;
  const after = await portUseOf(exposure, run);
  if ('code' in after) return after;
  return isThere(exposure, after) ? undefined : problem('TAILSCALE_NOT_APPLIED', placeOf(exposure));
}

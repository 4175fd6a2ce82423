import { statSync } from 'node:fs';
import { readConfigSchema } from '../core/config/schema.ts';
import { planEdits, storeWrite } from '../core/config/write.ts';
import { readInstanceLock } from '../core/host/instance-lock.ts';
import { endListener } from '../core/host/listener-end.ts';
import { strangerAt } from '../core/host/listener-uid.ts';
import { findListeners, type Listener, listenerLine } from '../core/host/port-holder.ts';
import { freePortAfter } from '../core/lib/free-port.ts';
import type { LocalLook } from '../core/verdict/local-look.ts';
import type { Runner } from './adopted-gateway.ts';
import { AppError } from './app-error.ts';
import type { Surroundings } from './gateway-route.ts';
import type { PromptDesk } from './prompt-desk.ts';

/** Who sits at the port that the gateway of this computer should have. */
export interface PortHolder {
  port: number;
  /** Who it is, for people. */
  line: string;
  /** It has proved to be a gateway, so it can be used. */
  isGateway: boolean;
  /** It is a gateway of this user, so it can be stopped. */
  canStop: boolean;
  listener: Listener;
}

/** Undefined when nobody is there, or the gateway of our own state directory. */
export function holderOf(
  { listeners, lock }: LocalLook,
  port: number,
  stateDir: string,
): PortHolder | undefined {
  const [listener] = listeners;
  if (!listener || (lock !== undefined && lock.pid === listener.pid)) return undefined;
  const isGateway = listener.gateway?.verifiedBy === 'handshake';
  return {
    port,
    line: listenerLine(listener),
    isGateway,
    canStop: isGateway && listener.pid !== undefined && isOwnUser(port, stateDir),
    listener,
  };
}

function isOwnUser(port: number, stateDir: string): boolean {
  const stranger = strangerAt(port);
  return stranger === undefined || stranger === statSync(stateDir, { throwIfNoEntry: false })?.uid;
}

/** Ends a gateway of this user; who it is is looked at once more. Throws PORT_IN_USE when it is still there. */
async function stopHolder({ listener, canStop, port }: PortHolder, { clock }: Surroundings): Promise<void> {
  const outcome = canStop
    ? await endListener(listener, { clock })
    : { ended: false as const, reason: `${listenerLine(listener)} is not a gateway of this user.` };
  if (outcome.ended) return;
  const { reason } = outcome;
  throw new AppError('PORT_IN_USE', (say) => say('holderStays', { port, reason }), { port });
}

/** Has the gateway of this computer listen elsewhere, from its next start on. */
async function moveGateway(port: number, { paths, env }: Surroundings): Promise<void> {
  const { configPath: path, stateDir } = paths;
  const context = { path, stateDir, env, schema: readConfigSchema() };
  await storeWrite(await planEdits([{ path: ['gateway', 'port'], value: port }], context));
}

/** The gateway of this user that listens at the port, unless a service manager minds it and would start it again. */
export function runnerOf(
  { listeners, service }: Pick<LocalLook, 'listeners' | 'service'>,
  port: number,
  stateDir: string,
): Runner | undefined {
  const [listener] = listeners;
  if (!listener?.gateway || listener.gateway.verifiedBy === 'greeting') return undefined;
  if (!isNamed(listener) || !isOwnUser(port, stateDir)) return undefined;
  const isMinded = service?.state === 'running' && (service.pid ?? listener.pid) === listener.pid;
  return isMinded ? undefined : listener;
}

const isNamed = (listener: Listener): listener is Runner =>
  listener.pid !== undefined && listener.startTime !== undefined;

/** The gateway that a person wants to be the app's own from now on; it has proved itself once more by then. */
export async function adoptByConsent(
  runner: Runner,
  prompts: PromptDesk,
  { paths }: Surroundings,
): Promise<Runner | undefined> {
  const { port, pid, startTime } = runner;
  const answer = await prompts.ask({ kind: 'adopt', port, holder: listenerLine(runner) });
  if (answer.do !== 'accept') return undefined;
  const now = (await findListeners(port, { lock: readInstanceLock(paths.trayDir) })).filter(isNamed);
  const same = now.find((one) => one.pid === pid && one.startTime === startTime);
  if (same?.gateway?.verifiedBy === 'handshake' && isOwnUser(port, paths.stateDir)) return same;
  throw new AppError('PORT_IN_USE', (say) => say('holderChanged', { port }), { port });
}

/** Stops the gateway that sits at the port, when a person says so. */
export async function stopByConsent(
  holder: PortHolder,
  prompts: PromptDesk,
  surroundings: Surroundings,
): Promise<void> {
  const { port, line } = holder;
  const answer = await prompts.ask({ kind: 'stop-holder', port, holder: line });
  if (answer.do === 'accept') await stopHolder(holder, surroundings);
}

/** Writes another port into the configuration, when a person says so. */
export async function moveByConsent(
  { port }: PortHolder,
  prompts: PromptDesk,
  surroundings: Surroundings,
): Promise<void> {
  const free = await freePortAfter(port);
  const file = surroundings.paths.configPath;
  const answer = await prompts.ask({ kind: 'use-port', port, free, file });
  if (answer.do === 'accept') await moveGateway(free, surroundings);
}

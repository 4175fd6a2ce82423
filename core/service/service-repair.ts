import { isDeepStrictEqual } from 'node:util';
import type { Prepared, ServiceDesk } from './service-desk.ts';
import type {
  Outcome,
  ServiceManager,
  ServiceNoteCode,
  ServiceProblem,
  ServiceSnapshot,
} from './service-manager.ts';
import type { ServicePlan } from './service-plan.ts';

/** One service before and after; turned round it is what undoes it. */
export interface ServiceChange {
  kind: 'service';
  /** What people know the service by. */
  service: string;
  before: ServiceSnapshot;
  after: ServiceSnapshot;
}

/** What repairs act with. */
export interface RepairParts {
  manager: ServiceManager;
  desk: ServiceDesk;
  prepare(): Promise<Outcome<Prepared>>;
}

type Planned = Outcome<{ change: ServiceChange | undefined; plan: ServicePlan }>;

/** An installation would have to change the configuration as well, which is more than mending the service. */
const SAVES_SECRET: readonly ServiceNoteCode[] = ['TOKEN_GENERATED', 'TOKEN_STORED'];

/**
 * The definition written as an installation would; undefined when it is so already, or when that takes a secret
 * which the configuration does not have. What is in the way of an installation is in the way of this. Writes nothing.
 */
export async function planRewrite(parts: RepairParts): Promise<Planned> {
  const { manager, desk, prepare } = parts;
  const prepared = await desk.ready({ replace: 'ours', prepare });
  if (!prepared.ok) return prepared;
  const { plan, notes } = prepared;
  if (notes.some(({ code }) => SAVES_SECRET.includes(code))) return { ok: true, plan, change: undefined };
  const after = { texts: await manager.preview(plan), isEnabled: true, isRunning: true };
  return { ok: true, plan, change: changeTo(manager, await snapshot(manager), after) };
}

/** The service as it is, running. */
export async function planStart({
  manager,
  desk,
}: RepairParts): Promise<Outcome<{ change?: ServiceChange }>> {
  const found = await desk.obstacle();
  if (found) return { ok: false, problem: found };
  const before = await snapshot(manager);
  const change = before && changeTo(manager, before, { ...before, isRunning: true });
  return { ok: true, ...(change && { change }) };
}

/** Carries it out in the way of `install` or `start`. `made` is what was changed, which may be less or more than planned. */
export async function applyServiceChange(
  { manager, desk, prepare }: RepairParts,
  { before, after }: ServiceChange,
): Promise<{ problem?: ServiceProblem; made?: ServiceChange }> {
  const isDefined = isDeepStrictEqual(before.texts, after.texts) && before.isEnabled === after.isEnabled;
  const { problem } = isDefined ? await desk.start() : await desk.install({ replace: 'ours', prepare });
  const made = changeTo(manager, before, (await snapshot(manager)) ?? before);
  return { ...(problem && { problem }), ...(made && { made }) };
}

/** Whether the definition is still the one that was left, so that taking it back takes nothing of others with it. */
export async function isAsLeft(manager: ServiceManager, { texts }: ServiceSnapshot): Promise<boolean> {
  return isDeepStrictEqual((await manager.definition())?.texts, texts);
}

function changeTo(
  { service }: ServiceManager,
  before: ServiceSnapshot | undefined,
  after: ServiceSnapshot,
): ServiceChange | undefined {
  if (before === undefined || isDeepStrictEqual(before, after)) return undefined;
  return { kind: 'service', service, before, after };
}

async function snapshot(manager: ServiceManager): Promise<ServiceSnapshot | undefined> {
  const [definition, { isEnabled, state }] = await Promise.all([manager.definition(), manager.facts()]);
  if (definition === undefined) return undefined;
  return { texts: definition.texts, isEnabled, isRunning: state === 'running' || state === 'starting' };
}

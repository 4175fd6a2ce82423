import type { Clock } from '../lib/clock.ts';
import type { GatewayWatch, RunningGateway } from './service-desk.ts';
import type { ServiceFacts } from './service-facts.ts';
import { type Outcome, problem, type ServiceManager, type ServiceProblem } from './service-manager.ts';

export interface Await {
  manager: ServiceManager;
  watch: GatewayWatch;
  clock: Clock;
}

/** Milliseconds a gateway has to answer after its start, and to be gone after its end. */
const ANSWER_MS = 60_000;
const LEAVE_MS = 40_000;
const POLL_MS = 100;
/** The service manager is asked less often than the gateway, because that costs a process. */
const POLLS_PER_LOOK = 10;
/** So often it is seen to have ended before it counts as not coming back. */
const MOST_DOWNS = 2;

/** Resolves when a gateway answers that is not `before`, or when there is no more reason to wait for one. */
export async function untilAnswers(
  parts: Await,
  { before, since }: { before: RunningGateway | undefined; since: number },
): Promise<Outcome<{ gateway: RunningGateway }>> {
  const deadline = parts.clock.now() + ANSWER_MS;
  let downs = 0;
  while (parts.clock.now() < deadline) {
    const gateway = await anotherGateway(parts, before);
    if (gateway) return { ok: true, gateway };
    const facts = await parts.manager.facts();
    downs += isDown(facts) ? 1 : 0;
    if (facts.state === 'failed' || downs >= MOST_DOWNS) return failure(parts, 'ENDED_AT_ONCE', since);
  }
  return failure(parts, 'DOES_NOT_ANSWER', since);
}

/** Undefined when none came in the time between two looks at the service. */
async function anotherGateway(
  { watch, clock }: Await,
  before: RunningGateway | undefined,
): Promise<RunningGateway | undefined> {
  for (let polls = 0; polls < POLLS_PER_LOOK; polls += 1) {
    const gateway = await watch.running();
    if (gateway && isAnother(gateway, before)) return gateway;
    await clock.sleep(POLL_MS);
  }
  return undefined;
}

const isAnother = (gateway: RunningGateway, before: RunningGateway | undefined): boolean =>
  gateway.bootId !== before?.bootId && gateway.pid !== before?.pid;

/** Stopped, or about to be started once more because it ended. */
function isDown({ state, lastExit }: ServiceFacts): boolean {
  const hasFailed = lastExit !== undefined && lastExit.code !== 0;
  return state === 'stopped' || (state === 'starting' && hasFailed);
}

async function failure(
  { manager, watch }: Await,
  code: 'ENDED_AT_ONCE' | 'DOES_NOT_ANSWER',
  since: number,
): Promise<{ ok: false; problem: ServiceProblem }> {
  const { lastExit, detail = '', state } = await manager.facts();
  const said = await manager.lastWords();
  const lastWords = said.length > 0 ? said : await watch.logLines(since);
  const exit = lastExit?.signal ?? (lastExit?.code === undefined ? '?' : String(lastExit.code));
  const values = { service: manager.service, seconds: ANSWER_MS / 1000, state: detail || state, exit };
  return { ok: false, problem: { ...problem(code, values), lastWords } };
}

/** Waits for the end of the gateway that the service ran; one that others started may stay. */
export async function untilGone(
  { watch, manager, clock }: Await,
  facts: ServiceFacts,
  process: { pid: number; port: number } | undefined,
): Promise<ServiceProblem | undefined> {
  const isItsOwn = facts.pid === undefined ? facts.state === 'running' : facts.pid === process?.pid;
  if (!process || !isItsOwn) return undefined;
  const deadline = clock.now() + LEAVE_MS;
  while ((await watch.process())?.pid === process.pid) {
    if (clock.now() >= deadline)
      return problem('DOES_NOT_STOP', { ...process, service: manager.service, seconds: LEAVE_MS / 1000 });
    await clock.sleep(POLL_MS);
  }
  return undefined;
}

import { serviceRoom } from '../core/host/service-room.ts';
import type { Language } from '../core/messages/language.ts';
import { serviceProblemMessages } from '../core/messages/service-problem-messages.ts';
import { RpcError } from '../core/protocol/errors.ts';
import type { Surroundings } from './gateway-route.ts';

/** Starts the installed service. Throws START_BLOCKED with what is wrong, in words and with its code. */
export async function startService(surroundings: Surroundings, language: Language): Promise<void> {
  const { problem } = await serviceRoom(surroundings).desk.start();
  if (!problem) return;
  const say = serviceProblemMessages.in(language) as (key: string, values: object) => string;
  throw new RpcError('START_BLOCKED', `${say(problem.code, problem.values)} (${problem.code})`);
}

import { ChatRoom } from '../chat/chat-room.ts';
import { CHAT_WANT } from '../chat/conversation.ts';
import type { ChatFlags } from '../commands/chat.ts';
import { takeInterrupts } from '../conversation/interrupts.ts';
import { reportError } from '../failure.ts';
import { reachGateway } from '../gateway.ts';
import type { Action } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';

/** A conversation until somebody leaves it. */
export const chat: Action<ChatFlags & QueryOptions> = async (invocation) => {
  const interrupts = takeInterrupts(invocation.cli);
  const first = await Promise.race([reachGateway(invocation, CHAT_WANT), interrupts.ended]).finally(
    interrupts.off,
  );
  if (typeof first === 'number') return first;
  if (!first.ok) return reportError(invocation, first.error, first.context);
  return new ChatRoom(invocation, first).stay();
};

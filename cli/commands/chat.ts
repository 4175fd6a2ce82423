import type { Command } from 'commander';
import { addLeaf, type Run, withExamples } from '../declare.ts';
import { addTargetOptions } from '../options.ts';

export interface ChatFlags {
  session: string;
}

/** `openclaw chat`: a conversation in the terminal. */
export function addChatCommand(program: Command, run: Run): void {
  const chat = addLeaf(program, 'chat', 'Talk to an agent in the terminal').option(
    '--session <key>',
    'Which session, such as agent:main:trip',
    'main',
  );
  addTargetOptions(chat, { json: false }).action(
    run(() => import('../actions/chat.ts').then((module) => module.chat)),
  );
  withExamples(chat, [
    ['openclaw chat', 'The main session. /help shows what can be typed.'],
    ['openclaw chat --session trip', 'Another one; it begins with the first message.'],
  ]);
}

/** What a command of the chat can do; see `ChatRoom`. */
export interface ChatActions {
  help(): void;
  startOver(): Promise<void>;
  stop(): Promise<void>;
  listSessions(): Promise<void>;
  changeTo(key: string): Promise<void>;
  quit(): void;
}

interface ChatCommand {
  usage: string;
  summary: string;
  /** When it does not wait until the agent has said its answer; it always waits when absent. */
  urgent?: 'always' | 'typed';
  run(actions: ChatActions, rest: string): Promise<void> | void;
}

const COMMANDS: Readonly<Record<string, ChatCommand>> = {
  '/help': { usage: '/help', summary: 'this list', run: (actions) => actions.help() },
  '/new': {
    usage: '/new',
    summary: 'begin the session anew; what was said is archived',
    run: (actions) => actions.startOver(),
  },
  '/stop': {
    usage: '/stop',
    summary: 'stop the answer; what was said is kept',
    urgent: 'always',
    run: (actions) => actions.stop(),
  },
  '/sessions': {
    usage: '/sessions [key]',
    summary: 'list sessions, or go to another one',
    run: (actions, rest) => (rest === '' ? actions.listSessions() : actions.changeTo(rest)),
  },
  '/quit': { usage: '/quit', summary: 'leave', urgent: 'typed', run: (actions) => actions.quit() },
};

export interface ParsedCommand {
  /** Does not wait its turn. What comes through a pipe was all there from the start, so its end is no hurry. */
  isUrgent(from: 'terminal' | 'pipe'): boolean;
  run(actions: ChatActions): Promise<void> | void;
}

/** Undefined for what is meant for the agent; agents have commands of their own. */
export function parseCommand(text: string): ParsedCommand | undefined {
  const [, name = '', rest = ''] = /^(\/\w+)(?:[ \t]+(.*))?$/.exec(text.trim()) ?? [];
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!command) return undefined;
  const { urgent } = command;
  return {
    isUrgent: (from) => urgent === 'always' || (urgent === 'typed' && from === 'terminal'),
    run: (actions) => command.run(actions, rest.trim()),
  };
}

export function helpLines(inOwn: (text: string) => string = String): string[] {
  const all = Object.values(COMMANDS);
  const column = Math.max(...all.map(({ usage }) => usage.length)) + 2;
  return [
    ...all.map(({ usage, summary }) => `  ${usage.padEnd(column)}${inOwn(summary)}`),
    `  ${'Ctrl-C'.padEnd(column)}${inOwn('stop the answer; once more, leave')}`,
    inOwn('Everything else is said to the agent, also what begins with another / word.'),
    inOwn('What you type during an answer waits until it is there.'),
  ];
}

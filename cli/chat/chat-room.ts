import { asObject } from '../../core/lib/json.ts';
import type { ChatFlags } from '../commands/chat.ts';
import type { Reached } from '../gateway.ts';
import type { Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { rowsOf, sessionLines } from '../session-text.ts';
import { type ChatActions, helpLines, type ParsedCommand, parseCommand } from './chat-commands.ts';
import { ChatScreen } from './chat-screen.ts';
import { Conversation } from './conversation.ts';

const SESSIONS_LIMIT = 15;
const INTERRUPTED = 130;

/** Takes what is typed, one thing after the other, to the agent or to the commands of the chat. */
export class ChatRoom implements ChatActions {
  readonly #invocation: Invocation<ChatFlags & QueryOptions>;
  readonly #screen: ChatScreen;
  readonly #talk: Conversation;
  /** Typed while something else was going on. */
  readonly #queue: string[] = [];
  readonly #left: Promise<number>;
  #leave: (exitCode: number) => void = () => {};
  #isBusy = true;
  #isAtEnd = false;
  #hasQuit = false;
  /** The last thing that was pressed was Ctrl-C. */
  #isArmed = false;

  constructor(invocation: Invocation<ChatFlags & QueryOptions>, first: Extract<Reached, { ok: true }>) {
    this.#invocation = invocation;
    this.#left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    this.#screen = new ChatScreen(invocation, first.context, {
      line: (text) => this.#line(text),
      interrupt: () => this.#interrupt(),
      end: () => this.#end(),
    });
    this.#talk = new Conversation({
      invocation,
      screen: this.#screen,
      first,
      key: invocation.options.session,
      onIdle: () => this.#idle(),
      onStopped: (reason) => {
        this.#screen.problem(reason);
        this.#leave(1);
      },
    });
  }

  /** Resolves to the exit status when the conversation is over. */
  async stay(): Promise<number> {
    const exitCode = await this.#left;
    this.#screen.close();
    await this.#talk.close();
    return exitCode;
  }

  help(): void {
    for (const line of helpLines(this.#screen.inOwn)) this.#screen.say(line);
  }

  async startOver(): Promise<void> {
    await this.#talk.startOver();
    this.#screen.remark(`${this.#talk.key} begins anew.`);
  }

  async stop(): Promise<void> {
    const result = asObject(await this.#talk.request('chat.abort', { sessionKey: this.#talk.key }));
    if (result.aborted !== true && !this.#talk.isBusy) this.#screen.remark('Nothing is running.');
  }

  async listSessions(): Promise<void> {
    const { cli, language } = this.#invocation;
    const params = { limit: SESSIONS_LIMIT, includeDerivedTitles: true };
    const rows = rowsOf(await this.#talk.request('sessions.list', params));
    const { width, style } = this.#screen;
    for (const row of rows) {
      for (const line of sessionLines(row, cli.clock.now(), width, style, language)) this.#screen.say(line);
    }
    this.#screen.remark(rows.length === 0 ? 'There are no sessions yet.' : 'Go to one: /sessions <key>');
  }

  changeTo(key: string): Promise<void> {
    return this.#talk.enter(key);
  }

  quit(): void {
    this.#hasQuit = true;
    this.#leave(0);
  }

  #line(text: string): void {
    this.#isArmed = false;
    const command = parseCommand(text);
    const from = this.#screen.isTerminal ? 'terminal' : 'pipe';
    if ((this.#isBusy || this.#talk.isBusy) && !command?.isUrgent(from)) this.#queue.push(text);
    else if (command) void this.#obey(command);
    else this.#say(text);
  }

  #say(text: string): void {
    this.#isBusy = text.trim() !== '';
    if (this.#isBusy) void this.#talk.say(text);
    else this.#idle();
  }

  async #obey(command: ParsedCommand): Promise<void> {
    const wasBusy = this.#isBusy;
    this.#isBusy = true;
    try {
      await command.run(this);
    } catch (error) {
      this.#screen.problem(error);
    }
    if (wasBusy || this.#hasQuit) return;
    this.#screen.say();
    this.#idle();
  }

  /** What was typed meanwhile comes first. */
  #idle(): void {
    if (this.#hasQuit) return;
    this.#isBusy = this.#talk.isBusy;
    if (this.#isBusy) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#repeat(next);
    else if (this.#isAtEnd) this.#leave(0);
    else this.#screen.invite();
  }

  /** Nobody has seen yet what was typed while the input line was hidden. */
  #repeat(text: string): void {
    const { isTerminal, style } = this.#screen;
    if (isTerminal) this.#screen.say(style.bold(safeText(`> ${text.replaceAll('\n', '\n  ')}`)));
    this.#line(text);
  }

  #interrupt(): void {
    if (this.#isArmed) this.#leave(INTERRUPTED);
    else if (this.#talk.isBusy) void this.stop().catch((error: unknown) => this.#screen.problem(error));
    else this.#screen.remark('Ctrl-C once more leaves, as does /quit.');
    this.#isArmed = true;
  }

  /** Ctrl-D leaves at once; what came through a pipe is answered first. */
  #end(): void {
    this.#isAtEnd = true;
    if (this.#screen.isTerminal || (!this.#isBusy && this.#queue.length === 0)) this.#leave(0);
  }
}

import { inLanguage, LISTED_IN_ENGLISH, SPOKEN_IN_ENGLISH } from '../../core/messages/in-language.ts';
import type { Screen } from '../conversation/answer-printer.ts';
import { describeFailure, type FailureContext } from '../failure.ts';
import type { Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { toldLines } from '../told-lines.ts';
import { type LineEditor, openLineEditor } from './line-editor.ts';

export interface ScreenHandlers {
  line(text: string): void;
  interrupt(): void;
  end(): void;
}

const PROMPT = '> ';

/** Everything a conversation shows, and the line in which somebody types. Not with `--json`: it is for people. */
export class ChatScreen implements Screen {
  readonly isShared = true;
  readonly #output: Invocation['output'];
  /** Says what this program says in English in the language of the reader. */
  readonly inOwn: (text: string) => string;
  readonly #told: Pick<Invocation, 'output' | 'language'>;
  readonly #context: FailureContext;
  readonly #editor: LineEditor;
  #asking: ((answer: string | undefined) => void) | undefined;

  constructor(
    { cli, output, language }: Pick<Invocation, 'cli' | 'output' | 'language'>,
    context: FailureContext,
    handlers: ScreenHandlers,
  ) {
    this.#output = output;
    this.#told = { output, language };
    this.inOwn = inLanguage(language, [...SPOKEN_IN_ENGLISH, ...LISTED_IN_ENGLISH]);
    this.#context = context;
    this.#editor = openLineEditor(cli, {
      ...handlers,
      line: (text) => (this.#asking ?? handlers.line)(text),
    });
  }

  get isTerminal(): boolean {
    return this.#editor.isTerminal;
  }

  get width(): number {
    return this.#output.width - 1;
  }

  get style(): Invocation['output']['style'] {
    return this.#output.style;
  }

  write(text: string): void {
    this.#editor.print(text);
  }

  /** A line that is safe to show. */
  say(line = ''): void {
    this.#editor.print(`${line}\n`);
  }

  aside(line: string): void {
    this.say(this.style.dim(line));
  }

  /** Of the program, not of the agent. */
  remark(text: string): void {
    this.aside(safeText(this.inOwn(text)));
  }

  problem(error: unknown): void {
    const { lines } = describeFailure(error, this.#context);
    for (const line of toldLines(lines.join('\n'), this.#told)) this.say(this.style.red(line));
  }

  /** Lets somebody type. */
  invite(): void {
    this.#editor.show(PROMPT);
  }

  /** Makes room for an answer. */
  listen(): void {
    this.#editor.hide();
  }

  /** The next line, however much was typed before; undefined when `signal` comes first. */
  ask(question: string, signal: AbortSignal): Promise<string | undefined> {
    return new Promise((resolve) => {
      const end = (answer: string | undefined): void => {
        signal.removeEventListener('abort', withdrawn);
        this.#asking = undefined;
        this.#editor.hide();
        resolve(answer);
      };
      const withdrawn = (): void => end(undefined);
      signal.addEventListener('abort', withdrawn, { once: true });
      this.#asking = end;
      this.#editor.forget();
      this.#editor.show(question);
    });
  }

  close(): void {
    this.#editor.close();
  }
}

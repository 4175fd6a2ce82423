import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline';
import { Writable } from 'node:stream';
import type { Cli } from '../invocation.ts';

export interface LineHandlers {
  /** What was typed or pasted; several lines only when pasted. */
  line(text: string): void;
  /** Ctrl-C with nothing typed. */
  interrupt(): void;
  /** There will be no more lines. */
  end(): void;
}

/** Where a person types while a program writes. Input is hidden from each line on until it is shown again. */
export interface LineEditor {
  /** A person types here. */
  readonly isTerminal: boolean;
  /** Writes above the input line. While that shows, `text` has to end with a line break. */
  print(text: string): void;
  /** Shows the input line, and what was typed meanwhile. The cursor has to be at the beginning of a line. */
  show(prompt: string): void;
  /** Takes the input line away; what is typed is kept. */
  hide(): void;
  /** Throws away what was typed. */
  forget(): void;
  close(): void;
}

export function openLineEditor(cli: Cli, handlers: LineHandlers): LineEditor {
  const isFull = cli.stdin.isTTY === true && cli.stdout.isTTY === true && cli.env.TERM !== 'dumb';
  return isFull ? new TerminalEditor(cli, handlers) : plainEditor(cli, handlers);
}

/** For pipes, and for terminals that cannot move their cursor. */
function plainEditor(cli: Cli, handlers: LineHandlers): LineEditor {
  const lines = createInterface({ input: cli.stdin, terminal: false });
  const offInterrupt = cli.onInterrupt(handlers.interrupt);
  lines.on('line', handlers.line);
  lines.on('close', handlers.end);
  return {
    isTerminal: cli.stdin.isTTY === true,
    print: (text) => void cli.stdout.write(text),
    show: (prompt) => void (cli.stdin.isTTY && cli.stdout.write(prompt)),
    hide: () => {},
    forget: () => {},
    close: () => {
      offInterrupt();
      lines.off('close', handlers.end);
      lines.close();
    },
  };
}

/** Tells a terminal to mark what is pasted, so that its line breaks do not send it in pieces. */
const PASTE_MARKS = { on: '\u001b[?2004h', off: '\u001b[?2004l' };

class TerminalEditor implements LineEditor {
  readonly isTerminal = true;
  readonly #cli: Cli;
  readonly #handlers: LineHandlers;
  readonly #lines: Interface;
  readonly #off: (() => void)[] = [];
  #isShown = false;
  #isPasting = false;
  #pasted: string[] = [];

  constructor(cli: Cli, handlers: LineHandlers) {
    this.#cli = cli;
    this.#handlers = handlers;
    const output = this.#echo();
    this.#lines = createInterface({
      input: cli.stdin,
      output,
      terminal: true,
      removeHistoryDuplicates: true,
    });
    this.#lines.on('line', (line) => this.#line(line));
    this.#lines.on('SIGINT', () => this.#interrupt());
    this.#lines.on('close', handlers.end);
    const onKey = (_text: unknown, key: { name?: string } = {}): void => {
      if (key.name === 'paste-start') this.#isPasting = true;
      if (key.name === 'paste-end') this.#isPasting = false;
    };
    cli.stdin.on('keypress', onKey);
    this.#off.push(() => void cli.stdin.off('keypress', onKey));
    this.#off.push(cli.onInterrupt(() => this.#interrupt()));
    cli.stdout.write(PASTE_MARKS.on);
  }

  print(text: string): void {
    const wasShown = this.#isShown;
    this.hide();
    this.#cli.stdout.write(text);
    if (wasShown) this.#show();
  }

  show(prompt: string): void {
    this.hide();
    this.#lines.setPrompt(prompt);
    this.#show();
  }

  hide(): void {
    if (!this.#isShown) return;
    const { stdout } = this.#cli;
    moveCursor(stdout, 0, -this.#lines.getCursorPos().rows);
    cursorTo(stdout, 0);
    clearScreenDown(stdout);
    this.#isShown = false;
  }

  forget(): void {
    this.#pasted = [];
    this.#lines.write(null, { ctrl: true, name: 'e' });
    this.#lines.write(null, { ctrl: true, name: 'u' });
  }

  close(): void {
    this.hide();
    for (const off of this.#off.splice(0)) off();
    this.#lines.off('close', this.#handlers.end);
    this.#lines.close();
    this.#cli.stdout.write(PASTE_MARKS.off);
  }

  #show(): void {
    this.#isShown = true;
    // readline remembers on which row of its own it was; that row has scrolled away.
    Reflect.set(this.#lines, 'prevRows', 0);
    this.#lines.prompt(true);
  }

  #line(line: string): void {
    if (this.#isPasting) return void this.#pasted.push(line);
    const text = [...this.#pasted, line].join('\n');
    this.#pasted = [];
    this.#isShown = false;
    this.#handlers.line(text);
  }

  #interrupt(): void {
    if (this.#isShown && (this.#lines.line !== '' || this.#pasted.length > 0)) this.forget();
    else this.#handlers.interrupt();
  }

  /** What readline draws; nothing while the input line is hidden. */
  #echo(): Writable {
    const { stdout } = this.#cli;
    const echo = new Writable({
      decodeStrings: false,
      write: (chunk, _encoding, done) => {
        if (this.#isShown) stdout.write(chunk);
        done();
      },
    });
    const onResize = (): void => void echo.emit('resize');
    stdout.on('resize', onResize);
    this.#off.push(() => void stdout.off('resize', onResize));
    return Object.defineProperties(echo, {
      isTTY: { value: true },
      columns: { get: () => stdout.columns ?? 80 },
    });
  }
}

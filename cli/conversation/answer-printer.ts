import { proseText } from '../output.ts';
import type { RunNews } from './run-step.ts';
import { toolFailureLine, toolLine } from './tool-line.ts';

/** Where an answer appears. */
export interface Screen {
  write(text: string): void;
  /** A whole line beside the answer. */
  aside(line: string): void;
  /** Both appear on the same terminal, so a line must not begin in the middle of another. */
  readonly isShared: boolean;
  readonly width: number;
}

/**
 * Shows one run: its text as it comes in, and its tools beside it. A run says several pieces of text when it uses tools
 * in between; each begins on a line of its own.
 */
export class AnswerPrinter {
  readonly #screen: Screen;
  #itemId: string | undefined;
  /** Of the current piece, what was shown and what is held back. */
  #text = '';
  #shown = 0;
  #column: 'start' | 'middle' = 'start';
  #hasPiece = false;
  #asideSince = false;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** True as soon as there is something to read. */
  get hasText(): boolean {
    return this.#hasPiece;
  }

  show(news: Exclude<RunNews, { type: 'end' }>): void {
    const { width } = this.#screen;
    if (news.type === 'text') this.#piece(news.text, news.itemId);
    else if (news.type === 'tool-start') this.aside(toolLine(news.name, news.args, width));
    else if (news.isError) this.aside(toolFailureLine(news.name, news.text, width));
  }

  aside(line: string): void {
    if (this.#screen.isShared) this.#endLine();
    this.#asideSince = true;
    this.#screen.aside(line);
  }

  /** Shows what is missing of the whole answer, when the gateway told it, and ends the line. */
  finish(answer?: string): void {
    if (answer !== undefined && answer !== '' && !this.#isSame(answer)) this.#piece(answer, undefined);
    this.#write(this.#text.slice(this.#shown));
    this.#shown = this.#text.length;
    this.#endLine();
  }

  /** Some gateways tidy the end of an answer that they have streamed. */
  #isSame(answer: string): boolean {
    return this.#text.trim() === answer.trim();
  }

  /** Events carry the whole piece so far, so that one that was lost costs nothing. */
  #piece(text: string, itemId: string | undefined): void {
    const goesOn = this.#hasPiece && text.startsWith(this.#text) && this.#sameItem(itemId);
    if (!goesOn) this.#begin();
    this.#itemId = itemId ?? this.#itemId;
    this.#text = text;
    // Half a character, or half a line break, waits for its other half.
    const end = /[\ud800-\udbff\r]$/.test(text) ? text.length - 1 : text.length;
    this.#write(text.slice(this.#shown, end));
    this.#shown = Math.max(this.#shown, end);
  }

  #sameItem(itemId: string | undefined): boolean {
    return itemId === undefined || this.#itemId === undefined || itemId === this.#itemId;
  }

  #begin(): void {
    if (this.#hasPiece) {
      this.#write(this.#text.slice(this.#shown));
      this.#endLine();
      if (!(this.#asideSince && this.#screen.isShared)) this.#write('\n');
    }
    this.#hasPiece = true;
    this.#asideSince = false;
    this.#text = '';
    this.#shown = 0;
    this.#itemId = undefined;
  }

  #endLine(): void {
    if (this.#column === 'middle') this.#write('\n');
  }

  #write(text: string): void {
    if (text === '') return;
    this.#screen.write(proseText(text));
    this.#column = text.endsWith('\n') ? 'start' : 'middle';
  }
}

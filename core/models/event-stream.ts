import { StringDecoder } from 'node:string_decoder';

/**
 * Takes the bytes of an event stream as they come and gives the data of each event that is whole by then. What a
 * broken connection leaves unfinished is never given. Source: HTML standard, server-sent events.
 */
export class EventStreamReader {
  private readonly decoder = new StringDecoder('utf8');
  private isFirst = true;
  /** The last piece ended in a carriage return, whose line feed may be the first character of the next. */
  private endedInReturn = false;
  /** A line that is not over yet. */
  private line = '';
  private data: string[] = [];

  read(bytes: Buffer): string[] {
    const text = this.textOf(bytes);
    if (text === '') return [];
    const lines = text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n');
    this.endedInReturn = text.endsWith('\r');
    const rest = lines.pop() ?? '';
    const events: string[] = [];
    for (const part of lines) {
      const line = this.line === '' ? part : this.line + part;
      this.line = '';
      if (line !== '') this.takeLine(line);
      else if (this.data.length > 0) events.push(this.data.splice(0).join('\n'));
    }
    this.line += rest;
    return events;
  }

  private textOf(bytes: Buffer): string {
    const text = this.decoder.write(bytes);
    if (text === '') return text;
    const isMarked = this.isFirst && text.startsWith('\uFEFF');
    const isSecondHalf = this.endedInReturn && text.startsWith('\n');
    this.isFirst = false;
    if (!isMarked && !isSecondHalf) return text;
    this.endedInReturn = false;
    return text.slice(1);
  }

  private takeLine(line: string): void {
    if (line.startsWith('data:')) this.data.push(line.slice(line[5] === ' ' ? 6 : 5));
    else if (line === 'data') this.data.push('');
  }
}

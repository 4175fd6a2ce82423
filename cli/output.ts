import { escapeControl } from '../core/logs/console-log.ts';
import type { Cli, OutputStream } from './invocation.ts';

type Paint = (text: string) => string;

export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  green: Paint;
  yellow: Paint;
}

/** Where a command speaks: results on stdout, everything else on stderr. */
export interface Output {
  /** `--json` was given: stdout carries JSON and nothing else. */
  readonly json: boolean;
  /** Characters of a line before the terminal would wrap it; 80 when stdout is not a terminal. */
  readonly width: number;
  /** Colours for stdout; does nothing where they are not wanted. */
  readonly style: Style;
  /** Colours for stderr, likewise. */
  readonly noteStyle: Style;
  line(text?: string): void;
  /** A value as JSON over several lines, whether or not `--json` was given. */
  value(value: unknown): void;
  /** A value as JSON on one line, for streams of values. */
  record(value: unknown): void;
  /** A remark on stderr. */
  note(text: string): void;
}

/** Text of others, harmless for a terminal; line breaks are kept. */
export const safeText = (text: string): string => text.split('\n').map(escapeControl).join('\n');

/** Prose and code of others: as `safeText`, with tabs as they are and with plain line breaks. */
export const proseText = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .split(/([\n\t])/)
    .map((part) => (part === '\t' || part === '\n' ? part : escapeControl(part)))
    .join('');

/** The same value for every reader, but without characters a terminal could obey or be confused by. */
export function jsonText(value: unknown, indent = 2): string {
  return safeText(JSON.stringify(value, null, indent) ?? 'null');
}

const plain: Paint = (text) => text;
const plainStyle: Style = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain };

const paint =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;
const colourStyle: Style = {
  bold: paint(1),
  dim: paint(2),
  red: paint(31),
  green: paint(32),
  yellow: paint(33),
};

/** Colours need a terminal that has not been told to do without; source: CLI page, output modes. */
function wantsColour({ env }: Cli, stream: OutputStream): boolean {
  return stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

export function createOutput(cli: Cli, options: { json: boolean; color: boolean }): Output {
  const { stdout } = cli;
  const styleOf = (stream: OutputStream): Style =>
    options.color && !options.json && wantsColour(cli, stream) ? colourStyle : plainStyle;
  return {
    json: options.json,
    width: (stdout.isTTY && stdout.columns) || 80,
    style: styleOf(stdout),
    get noteStyle() {
      return styleOf(cli.stderr);
    },
    line: (text = '') => void stdout.write(`${text}\n`),
    value: (value) => void stdout.write(`${jsonText(value)}\n`),
    record: (value) => void stdout.write(`${jsonText(value, 0)}\n`),
    note: (text) => void cli.stderr.write(`${text}\n`),
  };
}

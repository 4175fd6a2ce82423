import { stripVTControlCharacters } from 'node:util';
import type { CliOutput } from './cli-backend.ts';
import { type CliSaying, sayingOf } from './cli-events.ts';
import { isSessionId } from './cli-invocation.ts';
import type { ModelEvent, Usage } from './model.ts';

export interface CliReader {
  /** The events that a piece of output completes. */
  push(text: string): ModelEvent[];
  /** What is left when the output is over. */
  end(): ModelEvent[];
  state(): CliState;
}

export interface CliState {
  sessionId: string | undefined;
  usage: Usage | undefined;
  /** An error that the program reported in its output. */
  failure: string | undefined;
  /** Something of an answer has come. */
  answered: boolean;
}

/** Reads the output of a program in the way `agents.defaults.cliBackends.<id>.output` says. */
export function createCliReader(
  output: CliOutput,
  sessionIdFields: readonly string[],
  onRaw?: (event: unknown) => void,
): CliReader {
  if (output === 'text') return textReader(onRaw);
  const listener = createListener(sessionIdFields, onRaw);
  return output === 'json' ? jsonReader(listener) : jsonlReader(listener);
}

function textReader(onRaw?: (event: unknown) => void): CliReader {
  let held = '';
  let answered = false;
  const events = (raw: string): ModelEvent[] => {
    const delta = stripVTControlCharacters(raw);
    if (delta === '') return [];
    answered ||= delta.trim() !== '';
    return [{ type: 'text', delta }];
  };
  return {
    push: (text) => {
      onRaw?.(text);
      const all = held + text;
      // A sequence for the terminal may be cut at the end of a piece.
      const open = openSequence(all);
      held = all.slice(open);
      return events(all.slice(0, open));
    },
    end: () => events(held),
    state: () => ({ sessionId: undefined, usage: undefined, failure: undefined, answered }),
  };
}

const ESCAPE = String.fromCharCode(27);
const MAX_SEQUENCE = 32;

/** Where a sequence begins that has not come to its final letter yet; the end of the text when there is none. */
function openSequence(text: string): number {
  const at = text.lastIndexOf(ESCAPE);
  const isOpen = at >= 0 && text.length - at <= MAX_SEQUENCE && !/[a-zA-Z~]/.test(text.slice(at + 1));
  return isOpen ? at : text.length;
}

interface Listener {
  hear(value: unknown): ModelEvent[];
  finish(): ModelEvent[];
  state(): CliState;
}

/** Puts together what single JSON values say: pieces, then the message they made, then the result once more. */
function createListener(sessionIdFields: readonly string[], onRaw?: (event: unknown) => void): Listener {
  let sessionId: string | undefined;
  let usage: Usage | undefined;
  let failure: string | undefined;
  let streamed = '';
  let said = '';
  let result: string | undefined;

  const text = (delta: string): ModelEvent[] => {
    said += delta;
    return [{ type: 'text', delta }];
  };
  const message = (whole: string): ModelEvent[] => {
    const repeats = streamed !== '' && streamed.includes(whole);
    streamed = '';
    return repeats ? [] : text(said === '' ? whole : `\n\n${whole}`);
  };
  const remember = (saying: CliSaying): void => {
    if (saying.sessionId !== undefined && isSessionId(saying.sessionId)) sessionId = saying.sessionId;
    usage = saying.usage ?? usage;
    failure = saying.failure ?? failure;
    result = saying.result ?? result;
  };
  return {
    hear: (value) => {
      onRaw?.(value);
      const saying = sayingOf(value, sessionIdFields);
      remember(saying);
      const events: ModelEvent[] = [];
      if (saying.reasoning) events.push({ type: 'reasoning', delta: saying.reasoning });
      if (saying.delta) {
        streamed += saying.delta;
        events.push(...text(saying.delta));
      }
      if (saying.message) events.push(...message(saying.message));
      return events;
    },
    finish: () => (said === '' && result !== undefined ? text(result) : []),
    state: () => ({ sessionId, usage, failure, answered: said.trim() !== '' }),
  };
}

/** One value, or a list of what would have been lines. Anything else is passed on as the text it is. */
function jsonReader(listener: Listener): CliReader {
  const pieces: string[] = [];
  let plain = '';
  return {
    push: (text) => {
      pieces.push(text);
      return [];
    },
    end: () => {
      const whole = pieces.join('').trim();
      const value = parsed(whole);
      if (value === undefined) {
        plain = stripVTControlCharacters(whole);
        return plain === '' ? [] : [{ type: 'text', delta: plain }];
      }
      const heard = (Array.isArray(value) ? value : [value]).flatMap((one) => listener.hear(one));
      return [...heard, ...listener.finish()];
    },
    state: () => ({ ...listener.state(), answered: plain !== '' || listener.state().answered }),
  };
}

/** Lines that are no JSON are chatter of the program and not a part of the answer. */
function jsonlReader(listener: Listener): CliReader {
  const pieces: string[] = [];
  const line = (text: string): ModelEvent[] => {
    const value = parsed(text.trim());
    return value === undefined ? [] : listener.hear(value);
  };
  return {
    push: (text) => {
      const lines = text.split('\n');
      const rest = lines.pop() ?? '';
      if (lines.length === 0) {
        pieces.push(rest);
        return [];
      }
      lines[0] = pieces.splice(0).join('') + (lines[0] ?? '');
      pieces.push(rest);
      return lines.flatMap(line);
    },
    end: () => [...line(pieces.splice(0).join('')), ...listener.finish()],
    state: () => listener.state(),
  };
}

function parsed(text: string): unknown {
  if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

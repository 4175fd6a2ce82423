import { asObject, asText, type Json } from '../../core/lib/json.ts';
import { textOf } from '../../core/sessions/message-text.ts';
import { proseText, type Style } from '../output.ts';
import { toolFailureLine, toolLine } from './tool-line.ts';

/** A stored message as lines of text: what people said behind `> `, answers as they are, tools dimmed. */
export function messageLines(message: Json, style: Style, width: number): string[] {
  const text = proseText(textOf(message)).trim();
  switch (message.role) {
    case 'user':
      return [text, ...attachmentsOf(message)].flatMap((part) => (part === '' ? [] : quoted(part, style)));
    case 'assistant':
      return [
        ...(text === '' ? [] : text.split('\n')),
        ...toolLines(message, style, width),
        ...endOf(message).map((note) => style.dim(note)),
      ];
    case 'toolResult':
      if (message.isError !== true) return [];
      return [style.dim(toolFailureLine(asText(message.toolName) ?? 'tool', textOf(message), width))];
    default:
      return text === '' ? [] : text.split('\n').map((line) => style.dim(line));
  }
}

/** How an answer ended that is not the whole one; where the gateway itself ended, its text says so. */
function endOf({ openclawAbort, openclawError }: Json): string[] {
  const { aborted, origin } = asObject(openclawAbort);
  if (aborted === true && (origin === 'restart' || origin === 'shutdown')) return [];
  if (aborted === true) return [origin === 'timeout' ? '(stopped: its time was over)' : '(stopped)'];
  return openclawError === undefined ? [] : ['(not complete: the run failed)'];
}

const quoted = (text: string, style: Style): string[] =>
  text.split('\n').map((line, index) => style.bold(`${index === 0 ? '>' : ' '} ${line}`));

const partsOf = ({ content }: Json): Json[] => (Array.isArray(content) ? content.map(asObject) : []);

function attachmentsOf(message: Json): string[] {
  return partsOf(message)
    .filter(({ type }) => type !== 'text' && type !== undefined)
    .map(({ type, name, mimeType }) => proseText(`[${asText(name) ?? asText(mimeType) ?? String(type)}]`));
}

const toolLines = (message: Json, style: Style, width: number): string[] =>
  partsOf(message)
    .filter(({ type }) => type === 'toolCall')
    .map(({ name, arguments: args }) => style.dim(toolLine(asText(name) ?? 'tool', args, width)));

/** Stored messages one after the other, with a blank line before each thing that a person said. */
export function transcriptLines(messages: readonly unknown[], style: Style, width: number): string[] {
  const lines: string[] = [];
  for (const given of messages) {
    const message = asObject(given);
    const own = messageLines(message, style, width);
    if (own.length === 0) continue;
    if (lines.length > 0 && message.role === 'user') lines.push('');
    lines.push(...own);
  }
  return lines;
}

import { escapeControl } from '../../core/logs/console-log.ts';
import { clipWidth } from '../text-width.ts';

/** `[exec] ls -la`: what an agent does, on one line. The whole of it is in the log of the session. */
export function toolLine(name: string, args: unknown, width: number): string {
  const given = summaryOf(args);
  return clipWidth(escapeControl(given === '' ? `[${name}]` : `[${name}] ${given}`), width);
}

/** `[exec] failed: …`; a tool that did its work needs no line of its own. */
export function toolFailureLine(name: string, text: string, width: number): string {
  const [reason = ''] = text.trim().split('\n');
  return clipWidth(escapeControl(`[${name}] failed${reason === '' ? '' : `: ${reason}`}`), width);
}

/** A value that stands for the whole: the command, the path, the address. */
const TELLING = ['command', 'path', 'url', 'sessionKey', 'query'];

function summaryOf(args: unknown): string {
  if (typeof args === 'string') return args;
  if (typeof args !== 'object' || args === null) return '';
  const fields = args as Record<string, unknown>;
  const telling = TELLING.find((name) => Object.hasOwn(fields, name) && typeof fields[name] === 'string');
  if (telling !== undefined) return String(fields[telling]);
  return Object.keys(fields).length === 0 ? '' : JSON.stringify(args);
}

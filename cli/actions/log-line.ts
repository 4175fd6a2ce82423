import type { WritableLevel } from '../../core/lib/log.ts';
import { escapeControl } from '../../core/logs/console-log.ts';
import { bodyOf, type LogLine } from '../../core/logs/log-line.ts';
import type { Style } from '../output.ts';

/** `2026-11-22T11:13:04.866+00:00 warn [gateway] message key=value`. */
export function logLineText(line: LogLine, style: Style): string {
  return [
    line.time && style.dim(escapeControl(line.time)),
    line.level && paintLevel(line.level, style),
    line.subsystem && `[${escapeControl(line.subsystem)}]`,
    escapeControl(bodyOf(line)),
  ]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');
}

function paintLevel(level: WritableLevel, style: Style): string {
  if (level === 'fatal' || level === 'error') return style.red(level);
  if (level === 'warn') return style.yellow(level);
  return level === 'info' ? level : style.dim(level);
}

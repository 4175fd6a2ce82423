import type { ShownLine } from '../../main/bridge/contract.ts';
import { oneLine } from '../visible-text.ts';

const two = (value: number): string => String(value).padStart(2, '0');

/** `11-22` and `10:31:04.866` in the time zone of this computer; what cannot be read as it is. */
export function timeTexts(time: string | undefined): [day: string, clock: string] {
  const at = new Date(time ?? Number.NaN);
  if (Number.isNaN(at.getTime())) return [oneLine(time ?? '').slice(0, 18), ''];
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
  return [day, `${clock}.${String(at.getMilliseconds()).padStart(3, '0')}`];
}

/** A line as it is copied: nothing in it acts on a terminal into which it is pasted. */
export const lineText = ({ time, level, subsystem, text }: ShownLine): string =>
  [time && oneLine(time), level, subsystem && `[${oneLine(subsystem)}]`, oneLine(text)]
    .filter((part) => part !== undefined && part !== '')
    .join(' ');

/** Which of `count` rows of one height are in sight, and some around them. */
export function rowsInSight(
  { scrollTop, clientHeight }: { scrollTop: number; clientHeight: number },
  rowHeight: number,
  count: number,
): { first: number; last: number } {
  const extra = 12;
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - extra);
  const last = Math.min(count, Math.ceil((scrollTop + clientHeight) / rowHeight) + extra);
  return { first, last: Math.max(first, last) };
}

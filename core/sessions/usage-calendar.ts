import { invalidRequest } from '../protocol/errors.ts';

export interface UsageRange {
  /** YYYY-MM-DD, both days included. */
  startDate?: string;
  endDate?: string;
  /** Days up to the last one; 30 unless given. */
  days?: number;
  range?: '7d' | '30d' | '90d' | '1y' | 'all';
  /** Whose midnight: `utc` (default), the `gateway`'s host, or a `specific` offset or zone. */
  mode?: 'utc' | 'gateway' | 'specific';
  /** Such as `UTC+2` or `UTC-4:30`. */
  utcOffset?: string;
  /** An IANA name such as `Europe/Paris`. */
  timeZone?: string;
}

export interface Calendar {
  startDate: string;
  endDate: string;
  /** The day of an epoch time as YYYY-MM-DD. */
  dayOf(at: number): string;
}

const DAY_MS = 86_400_000;
const RANGE_DAYS = { '7d': 7, '30d': 30, '90d': 90, '1y': 365 } as const;
const EARLIEST = '1970-01-01';

const utcDay = (at: number): string => new Date(at).toISOString().slice(0, 10);

/** Throws INVALID_REQUEST for dates, offsets and zones that are none. */
export function usageCalendar(range: UsageRange, now: number): Calendar {
  const dayOf = dayFunction(range);
  const endDate = checkedDate('endDate', range.endDate) ?? dayOf(now);
  const days = range.days ?? (range.range && range.range !== 'all' ? RANGE_DAYS[range.range] : 30);
  const implied = range.range === 'all' ? EARLIEST : utcDay(Date.parse(endDate) - (days - 1) * DAY_MS);
  return { startDate: checkedDate('startDate', range.startDate) ?? implied, endDate, dayOf };
}

function checkedDate(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at) || utcDay(at) !== text) {
    throw invalidRequest(`${name} is not a date: write it as YYYY-MM-DD`);
  }
  return text;
}

function dayFunction({ mode, utcOffset, timeZone }: UsageRange): (at: number) => string {
  if (mode === 'gateway') return zoneDay(undefined);
  if (mode !== 'specific') return utcDay;
  if (timeZone !== undefined) return zoneDay(timeZone);
  const shiftMs = offsetMs(utcOffset ?? 'UTC');
  return (at) => utcDay(at + shiftMs);
}

function zoneDay(timeZone: string | undefined): (at: number) => string {
  try {
    const format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    return (at) => format.format(at);
  } catch {
    throw invalidRequest(`timeZone is not known: "${timeZone}". Use a name such as Europe/Paris.`);
  }
}

function offsetMs(text: string): number {
  const [, sign, hours = '0', minutes = '0'] = /^UTC(?:([+-])(\d{1,2})(?::([0-5]\d))?)?$/i.exec(text) ?? [];
  if (!/^UTC/i.test(text) || (text.length > 3 && !sign) || Number(hours) > 14) {
    throw invalidRequest('utcOffset is not an offset: write it as UTC+2 or UTC-4:30');
  }
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

/** Every day from `startDate` to `endDate`; no more than ten years of them. */
export function daysBetween(startDate: string, endDate: string): string[] {
  const first = Math.max(Date.parse(startDate), Date.parse(endDate) - 3_660 * DAY_MS);
  const days: string[] = [];
  for (let at = first; at <= Date.parse(endDate); at += DAY_MS) days.push(utcDay(at));
  return days;
}

/** `auto`: errors and slow answers; `compact`: one line for a request and its answer; `full`: every frame. */
export type WsLogStyle = 'auto' | 'full' | 'compact';

export interface WsFrameSummary {
  /** `in` is what a client sent to the gateway. */
  direction: 'in' | 'out';
  kind: 'req' | 'res' | 'event';
  /** Method name, or the name of the event. */
  method?: string;
  ok?: boolean;
  /** Time from request to response. */
  ms?: number;
  connId?: string;
  /** Id of the request. */
  id?: string;
  errorCode?: string;
  errorMessage?: string;
}

const SLOW_MS = 50;
const MAX_NAME_CHARS = 80;
const MAX_ID_CHARS = 64;
const MAX_MESSAGE_CHARS = 200;

const bounded = (text: string, max: number): string => (text.length > max ? `${text.slice(0, max)}…` : text);

/** `01559a60-….-4df1-800f` as `01559a60…800f`. */
const shortConnId = (id: string): string => (id.length <= 13 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`);

const isSlow = (frame: WsFrameSummary): boolean => frame.ms !== undefined && frame.ms >= SLOW_MS;

function isShown(style: WsLogStyle, frame: WsFrameSummary): boolean {
  if (style === 'full') return true;
  if (style === 'compact') return frame.kind !== 'req';
  return frame.kind === 'res' && (frame.ok === false || isSlow(frame));
}

function sign(style: WsLogStyle, frame: WsFrameSummary): string {
  if (style !== 'full' && frame.kind === 'res') return '⇄';
  return frame.direction === 'in' ? '←' : '→';
}

const mark = (ok: boolean | undefined): string | undefined => (ok === undefined ? undefined : ok ? '✓' : '✗');

const pair = (key: string, value: string | undefined, max: number): string | undefined =>
  value === undefined || value === '' ? undefined : `${key}=${bounded(value, max)}`;

/** The log message for one frame, such as `⇄ res ✓ health 57ms conn=01559a60…800f id=1421`; undefined when the style leaves it out. */
export function wsLogLine(style: WsLogStyle, frame: WsFrameSummary): string | undefined {
  if (!isShown(style, frame)) return undefined;
  return [
    sign(style, frame),
    frame.kind,
    frame.kind === 'res' ? mark(frame.ok) : undefined,
    frame.method === undefined ? undefined : bounded(frame.method, MAX_NAME_CHARS),
    frame.ms === undefined ? undefined : `${Math.round(frame.ms)}ms`,
    pair('errorCode', frame.errorCode, MAX_ID_CHARS),
    pair('errorMessage', frame.errorMessage, MAX_MESSAGE_CHARS),
    frame.connId === undefined ? undefined : `conn=${shortConnId(frame.connId)}`,
    pair('id', frame.id, MAX_ID_CHARS),
  ]
    .filter((part) => part !== undefined)
    .join(' ');
}

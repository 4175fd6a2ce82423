import {
  type KeyboardEvent,
  type MouseEvent,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import type { ShownLine } from '../../main/bridge/contract.ts';
import { AT_END, placeAfterChange, placeAfterScroll } from '../components/stick-to-end.ts';
import { useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { logMessages } from '../words/logs-messages.ts';
import type { LogShown } from './log-feed.ts';
import { rowsInSight, timeTexts } from './log-rows.ts';

/** As in logs.css. */
const ROW_PX = 22;
const SHOWN_CHARS = 500;
const NEAR_ROWS = 40;

/** Lines chosen, both included, counted as `LogShown.origin` counts. `head` is where the keys are. */
export interface LineRange {
  anchor: number;
  head: number;
}

export interface LogListProps {
  shown: LogShown;
  chosen: LineRange | undefined;
  onChoose(range: LineRange | undefined): void;
  onCopy(): void;
  onNearStart(): void;
  onNearEnd(): void;
  /** Whether the newest line is in sight. */
  onFollow(isAtEnd: boolean): void;
}

/** One row for each line, of which only those in sight exist. */
export function LogList(props: LogListProps) {
  const { shown, chosen, onChoose } = props;
  const say = useSay(logMessages);
  const { box, sight, onScroll } = useSight(props);
  const { lines, origin } = shown;
  const choose = (index: number, extend: boolean): void =>
    onChoose({ anchor: extend ? (chosen?.anchor ?? index) : index, head: index });
  return (
    <div
      ref={box}
      className="log-list"
      role="listbox"
      tabIndex={0}
      aria-label={say('lines')}
      aria-multiselectable
      aria-activedescendant={chosen && `line-${chosen.head}`}
      onScroll={onScroll}
      onKeyDown={(event) => keyDown(event, props, choose, box.current)}
    >
      <div className="log-space" style={{ height: lines.length * ROW_PX }}>
        {lines.slice(sight.first, sight.last).map((line, index) => (
          <Row
            key={`${line.at.file}:${line.at.offset}`}
            line={line}
            index={origin + sight.first + index}
            top={(sight.first + index) * ROW_PX}
            place={sight.first + index + 1}
            count={lines.length}
            isChosen={isWithin(chosen, origin + sight.first + index)}
            onChoose={choose}
          />
        ))}
      </div>
    </div>
  );
}

/** Keeps the newest line in sight where it was, and every other line where it was. */
function useSight({ shown, onNearStart, onNearEnd, onFollow }: LogListProps) {
  const box = useRef<HTMLDivElement>(null);
  const place = useRef(AT_END);
  const lastOrigin = useRef(shown.origin);
  const [sight, setSight] = useState({ first: 0, last: 0 });
  const count = shown.lines.length;
  const look = useCallback((): void => {
    if (!box.current) return;
    const next = rowsInSight(box.current, ROW_PX, count);
    setSight((before) => (before.first === next.first && before.last === next.last ? before : next));
  }, [count]);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const moved = lastOrigin.current - shown.origin;
    lastOrigin.current = shown.origin;
    if (moved !== 0 && !place.current.isAtEnd) element.scrollTop += moved * ROW_PX;
    place.current = placeAfterChange(place.current, element);
    look();
  }, [shown.origin, look]);
  useEffect(() => {
    const watcher = new ResizeObserver(look);
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, [look]);
  const onScroll = (): void => {
    const element = box.current;
    if (!element) return;
    const { scrollTop, clientHeight, scrollHeight } = element;
    const left = scrollHeight - clientHeight - scrollTop;
    const wasAtEnd = place.current.isAtEnd;
    place.current = placeAfterScroll(place.current, element, ROW_PX);
    if (place.current.isAtEnd !== wasAtEnd) onFollow(place.current.isAtEnd);
    if (left < NEAR_ROWS * ROW_PX) onNearEnd();
    if (scrollTop < NEAR_ROWS * ROW_PX) onNearStart();
    look();
  };
  return { box, sight, onScroll };
}

interface RowProps {
  line: ShownLine;
  index: number;
  top: number;
  place: number;
  count: number;
  isChosen: boolean;
  onChoose(index: number, extend: boolean): void;
}

function Row({ line, index, top, place, count, isChosen, onChoose }: RowProps) {
  const { time, level, subsystem, text } = line;
  const [day, clock] = timeTexts(time);
  const onMouseDown = (event: MouseEvent): void => onChoose(index, event.shiftKey);
  return (
    <div
      id={`line-${index}`}
      className="log-row"
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      aria-posinset={place}
      aria-setsize={count}
      data-level={level}
      style={{ top }}
      onMouseDown={onMouseDown}
    >
      <span className="log-day">{day}</span>
      <span className="log-time">{clock}</span>
      <span className="log-level">{level ?? ''}</span>
      <span className="log-subsystem">{oneLine(subsystem ?? '')}</span>
      <span className="log-text">{oneLine(text.slice(0, SHOWN_CHARS))}</span>
    </div>
  );
}

const isWithin = (range: LineRange | undefined, index: number): boolean =>
  range !== undefined &&
  index >= Math.min(range.anchor, range.head) &&
  index <= Math.max(range.anchor, range.head);

const STEPS: Readonly<Record<string, number>> = {
  ArrowUp: -1,
  ArrowDown: 1,
  PageUp: -20,
  PageDown: 20,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

function keyDown(
  event: KeyboardEvent,
  props: LogListProps,
  choose: (index: number, extend: boolean) => void,
  box: HTMLDivElement | null,
): void {
  const { origin, lines } = props.shown;
  const step = STEPS[event.key];
  const hasModifier = event.ctrlKey || event.metaKey;
  if (step === undefined) {
    if (act(hasModifier ? `Ctrl+${event.key}` : event.key, props)) event.preventDefault();
    return;
  }
  event.preventDefault();
  const end = origin + lines.length;
  const from = props.chosen?.head ?? end - (step < 0 ? 0 : 1);
  const head = Math.max(origin, Math.min(end - 1, from + step));
  choose(head, event.shiftKey);
  reveal(box, (head - origin) * ROW_PX);
}

/** False for keys that mean nothing here. */
function act(key: string, { shown: { origin, lines }, chosen, onChoose, onCopy }: LogListProps): boolean {
  if (key === 'Ctrl+a') onChoose({ anchor: origin, head: origin + lines.length - 1 });
  else if (key === 'Ctrl+c' && chosen) onCopy();
  else if (key === 'Escape') onChoose(undefined);
  else return false;
  return true;
}

function reveal(box: HTMLDivElement | null, top: number): void {
  if (!box) return;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + ROW_PX > box.scrollTop + box.clientHeight) box.scrollTop = top + ROW_PX - box.clientHeight;
}

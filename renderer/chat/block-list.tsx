import {
  type ReactNode,
  useCallback,
  useEffect,
  useEffectEvent,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { AT_END, placeAfterChange, placeAfterScroll } from '../components/stick-to-end.ts';
import { useSay } from '../state.ts';
import { chatMessages } from '../words/chat-messages.ts';
import type { Conversation } from './conversation.ts';
import { blocksInSight, type Sight } from './heights.ts';
import { BlockView } from './message-block.tsx';
import type { Block } from './talk.ts';

interface BlockListProps {
  blocks: readonly Block[];
  conversation: Conversation;
  /** Above the first block. */
  head: ReactNode;
  /** Below the last one. */
  children: ReactNode;
  onNearStart(): void;
}

/** What scrolls has to have the focus for its keys to do so. */
const SCROLLED_BY_KEYS = { tabIndex: 0 };
const NEAR_PX = 400;
const END_PX = 48;

/** Only blocks near to what is seen exist. Whoever is at the end stays there; whoever is not keeps their place. */
export function BlockList({ blocks, conversation, head, children, onNearStart }: BlockListProps) {
  const say = useSay(chatMessages);
  const { box, content, sight, isAtEnd, onScroll, toEnd, measure } = useStickyWindow(blocks, onNearStart);
  return (
    <div className="talk-frame">
      <section
        ref={box}
        className="talk"
        aria-label={say('conversation')}
        onScroll={onScroll}
        {...SCROLLED_BY_KEYS}
      >
        <div ref={content}>
          {head}
          <div style={{ height: sight.above }} />
          {blocks.slice(sight.first, sight.last).map((block) => (
            <Measured key={block.key} id={block.key} measure={measure}>
              <BlockView block={block} conversation={conversation} />
            </Measured>
          ))}
          <div style={{ height: sight.below }} />
          {children}
        </div>
      </section>
      {isAtEnd ? null : (
        <button type="button" className="to-end" onClick={toEnd}>
          {say('toEnd')}
        </button>
      )}
    </div>
  );
}

function useStickyWindow(blocks: readonly Block[], onNearStart: () => void) {
  const box = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const heights = useRef(new Map<string, number>());
  const place = useRef(AT_END);
  const firstKey = useRef(blocks[0]?.key);
  const fromEnd = useRef(0);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const [sight, setSight] = useState<Sight>({ first: 0, last: 0, above: 0, below: 0 });
  const keys = blocks.map(({ key }) => key).join('\n');
  const look = useCallback((): void => {
    if (!box.current) return;
    const next = blocksInSight(keys === '' ? [] : keys.split('\n'), heights.current, box.current);
    setSight((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
  }, [keys]);
  const settle = useCallback((): void => {
    const element = box.current;
    if (element) place.current = placeAfterChange(place.current, element);
    look();
  }, [look]);
  useLayoutEffect(() => {
    const element = box.current;
    const key = keys.split('\n', 1)[0];
    const grewAbove = firstKey.current !== key;
    firstKey.current = key;
    if (element && grewAbove && !place.current.isAtEnd)
      element.scrollTop = element.scrollHeight - fromEnd.current;
    settle();
  }, [keys, settle]);
  useEffect(() => {
    const watcher = new ResizeObserver(settle);
    for (const part of [box.current, content.current]) if (part) watcher.observe(part);
    return () => watcher.disconnect();
  }, [settle]);
  // Whoever waits at the beginning scrolls no more.
  const waits = useEffectEvent(() => {
    const isNear = box.current !== null && box.current.scrollTop < NEAR_PX;
    if (isNear && !place.current.isAtEnd) onNearStart();
  });
  useEffect(() => {
    if (keys !== '') waits();
  }, [keys]);
  const onScroll = (): void => {
    const element = box.current;
    if (!element) return;
    fromEnd.current = element.scrollHeight - element.scrollTop;
    place.current = placeAfterScroll(place.current, element, END_PX);
    setIsAtEnd(place.current.isAtEnd);
    if (element.scrollTop < NEAR_PX) onNearStart();
    look();
  };
  const toEnd = (): void => {
    place.current = AT_END;
    settle();
  };
  const measure = useCallback((id: string, height: number) => void heights.current.set(id, height), []);
  return { box, content, sight, isAtEnd, onScroll, toEnd, measure };
}

interface MeasuredProps {
  id: string;
  measure(id: string, height: number): void;
  children: ReactNode;
}

function Measured({ id, measure, children }: MeasuredProps) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!element.current) return;
    const watcher = new ResizeObserver(
      ([entry]) => entry && measure(id, entry.borderBoxSize[0]?.blockSize ?? 0),
    );
    watcher.observe(element.current);
    measure(id, element.current.offsetHeight);
    return () => watcher.disconnect();
  }, [id, measure]);
  return (
    <div ref={element} className="block">
      {children}
    </div>
  );
}

import { useEffect, useRef, useState } from 'react';
import { plainText } from '../core/messages/plain-text.ts';
import type { WindowCall } from '../main/bridge/contract.ts';
import { askGateway, CallError, onEvent } from './bridge.ts';

type Listed = WindowCall<'sessions.list'>['result']['sessions'][number];

/** A session as the list shows it; gateways of others leave fields out. */
export interface SessionRow {
  key: string;
  title: string;
  label: string | undefined;
  model: string;
  tokens: number | undefined;
  /** Epoch milliseconds. */
  usedAt: number | undefined;
  preview: string;
  isUnread: boolean;
  isPinned: boolean;
  isArchived: boolean;
  isRunning: boolean;
}

const PAGE = 50;
/** Many changes at once lead to one look. */
const SETTLE_MS = 150;

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const numberOf = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);

export function sessionRow(row: Listed): SessionRow {
  const title = textOf(row.label) || textOf(row.displayName) || textOf(row.derivedTitle) || row.key;
  return {
    key: row.key,
    title: plainText(title, 80),
    label: textOf(row.label) || undefined,
    model: plainText(textOf(row.model), 60),
    tokens: numberOf(row.totalTokens),
    usedAt: numberOf(row.lastInteractionAt) ?? numberOf(row.updatedAt),
    preview: plainText(textOf(row.lastMessagePreview), 120),
    isUnread: row.unread === true,
    isPinned: row.pinned === true,
    isArchived: row.archived === true,
    isRunning: row.hasActiveRun === true,
  };
}

/** Pinned ones first; otherwise as the gateway sorts them, by last use. */
export const pinnedFirst = (rows: readonly SessionRow[]): SessionRow[] => [
  ...rows.filter(({ isPinned }) => isPinned),
  ...rows.filter(({ isPinned }) => !isPinned),
];

export interface SessionPages {
  rows: readonly SessionRow[] | undefined;
  total: number;
  error: CallError | undefined;
  more(): void;
  reload(): void;
}

/** Sessions that match, a page more at each `more`, fetched again when sessions change. */
export function useSessions(search: string, archived: boolean): SessionPages {
  const [limit, setLimit] = useState(PAGE);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<SessionPages, 'more' | 'reload'>>({
    rows: undefined,
    total: 0,
    error: undefined,
  });
  const asked = useRef('');
  useEffect(() => {
    const ask = `${round} ${search} ${archived} ${limit}`;
    asked.current = ask;
    askGateway('sessions.list', {
      limit,
      archived: archived ? 'all' : false,
      includeDerivedTitles: true,
      includeLastMessage: true,
      ...(search === '' ? {} : { search }),
    })
      .then(({ sessions, totalCount, count }) => ({
        rows: sessions.map(sessionRow),
        total: numberOf(totalCount) ?? count,
        error: undefined,
      }))
      .then(
        (page) => asked.current === ask && setState(page),
        (error: CallError) => asked.current === ask && setState((before) => ({ ...before, error })),
      );
  }, [search, archived, limit, round]);
  const reload = useRef(() => setRound((before) => before + 1)).current;
  useSettledChanges(reload);
  // Not refused, but an answer that cannot be read: the view says so.
  if (state.error && !(state.error instanceof CallError)) throw state.error;
  return { ...state, more: () => setLimit((before) => before + PAGE), reload };
}

/** Calls when sessions have changed or the connection is back. */
function useSettledChanges(changed: () => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const soon = (): void => {
      timer ??= setTimeout(() => {
        timer = undefined;
        changed();
      }, SETTLE_MS);
    };
    const ends = [
      onEvent('connected', soon),
      onEvent('gateway', ({ event }) => (event === 'sessions.changed' || event === 'gap') && soon()),
    ];
    return () => {
      clearTimeout(timer);
      for (const end of ends) end();
    };
  }, [changed]);
}

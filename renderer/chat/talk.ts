import type { AttachedFile, HistoryPage, Message, RunNews } from './wire.ts';

/** What is known of a session's conversation; values, never changed in place. */
export interface Talk {
  /** Oldest first, each once. */
  messages: readonly Message[];
  /** There are older ones in the gateway. */
  hasMore: boolean;
  /** Answers that are being written, and those that ended without a place in the messages. */
  runs: readonly Run[];
  outbox: readonly Outgoing[];
}

export interface Run {
  runId: string;
  pieces: readonly Piece[];
  state: 'running' | 'final' | 'aborted' | 'error';
  error?: { code: string; message: string };
}

export type Piece =
  | { kind: 'text'; id: string; text: string }
  | { kind: 'tool'; id: string; name: string; args: unknown; result?: { text: string; isError: boolean } };

/** A message on its way; `runId` stays the same when it is sent again, so that it arrives once. */
export interface Outgoing {
  runId: string;
  text: string;
  files: readonly AttachedFile[];
  state: 'sending' | 'sent' | 'failed';
  error?: { code: string; message: string };
}

export const EMPTY_TALK: Talk = { messages: [], hasMore: false, runs: [], outbox: [] };

/** The newest messages have been read again: nothing is lost, nothing is there twice. */
export function withNewest(talk: Talk, page: HistoryPage): Talk {
  const ids = new Set(page.messages.map(({ id }) => id));
  const first = page.messages[0]?.seq ?? 0;
  const overlaps = talk.messages.some(({ id }) => ids.has(id));
  // Without a message in both there is a gap, or the session has begun anew.
  const older = overlaps ? talk.messages.filter(({ seq, id }) => seq < first && !ids.has(id)) : [];
  const hasMore = older.length > 0 ? talk.hasMore : page.hasMore;
  return settled({ ...talk, messages: [...older, ...page.messages], hasMore }, page.isRunning);
}

export function withOlder(talk: Talk, page: HistoryPage): Talk {
  const known = new Set(talk.messages.map(({ id }) => id));
  const older = page.messages.filter(({ id }) => !known.has(id));
  return {
    ...talk,
    messages: [...older, ...talk.messages],
    hasMore: page.hasMore && page.messages.length > 0,
  };
}

/** What stands in the messages now is neither on its way nor being written any more. */
function settled(talk: Talk, isRunning: boolean): Talk {
  const arrived = new Set(talk.messages.map(({ sentAs }) => sentAs));
  const answered = new Set(
    talk.messages.filter(({ role }) => role === 'assistant').map(({ runId }) => runId),
  );
  const isOver = ({ state, runId, pieces }: Run): boolean =>
    state === 'running' ? !isRunning : state !== 'error' && (answered.has(runId) || pieces.length === 0);
  return {
    ...talk,
    outbox: talk.outbox.filter(({ runId }) => !arrived.has(runId)),
    runs: talk.runs.filter((run) => !isOver(run)),
  };
}

export function withNews(talk: Talk, runId: string, news: RunNews): Talk {
  const known = talk.runs.find((run) => run.runId === runId);
  // Gateways of other versions tell twice how a run failed.
  if (known && known.state !== 'running') return talk;
  // What is over at once, such as a remark that was put there, is in the messages.
  if (!known && news.type === 'end' && news.state !== 'error') return talk;
  const run = moved(known ?? { runId, pieces: [], state: 'running' }, news);
  const runs = known ? talk.runs.map((one) => (one === known ? run : one)) : [...talk.runs, run];
  return { ...talk, runs };
}

function moved(run: Run, news: RunNews): Run {
  switch (news.type) {
    case 'begin':
      return run;
    case 'text':
      return withPiece(run, { kind: 'text', id: news.itemId, text: news.text });
    case 'tool':
      return withPiece(run, { kind: 'tool', id: news.id, name: news.name, args: news.args });
    case 'result': {
      const { id, name, text, isError } = news;
      const call = run.pieces.find((piece) => piece.kind === 'tool' && piece.id === id);
      const args = call?.kind === 'tool' ? call.args : undefined;
      return withPiece(run, { kind: 'tool', id, name, args, result: { text, isError } });
    }
    case 'end':
      return ended(run, news);
  }
}

function withPiece(run: Run, piece: Piece): Run {
  const at = run.pieces.findIndex(({ kind, id }) => kind === piece.kind && id === piece.id);
  if (at === -1) return { ...run, pieces: [...run.pieces, piece] };
  return { ...run, pieces: run.pieces.with(at, piece) };
}

function ended(run: Run, news: Extract<RunNews, { type: 'end' }>): Run {
  if (news.state === 'error')
    return { ...run, state: 'error', error: { code: news.code, message: news.message } };
  const hasText = run.pieces.some(({ kind }) => kind === 'text');
  const said: Run = hasText || !news.text ? run : withPiece(run, { kind: 'text', id: '', text: news.text });
  return { ...said, state: news.state };
}

export const withOutgoing = (talk: Talk, outgoing: Outgoing): Talk => ({
  ...talk,
  outbox: [...talk.outbox.filter(({ runId }) => runId !== outgoing.runId), outgoing],
});

export const withoutOutgoing = (talk: Talk, runId: string): Talk => ({
  ...talk,
  outbox: talk.outbox.filter((one) => one.runId !== runId),
});

/** One thing in the list, in the order of the conversation. */
export type Block =
  | { kind: 'message'; key: string; message: Message; results: ReadonlyMap<string, Message> }
  | { kind: 'run'; key: string; run: Run }
  | { kind: 'outgoing'; key: string; outgoing: Outgoing };

/** What is shown: results with their calls, and what is being written behind the message that it answers. */
export function blocksOf({ messages, runs, outbox }: Talk): Block[] {
  const live = new Map(runs.map((run) => [run.runId, run]));
  const results = new Map(
    messages.flatMap((one) => (one.callId === undefined ? [] : [[one.callId, one] as const])),
  );
  const calls = new Set(
    messages.flatMap(({ parts }) => parts.flatMap((part) => (part.type === 'call' ? [part.id] : []))),
  );
  const blocks: Block[] = [];
  const place = (runId: string | undefined): void => {
    const run = runId === undefined ? undefined : live.get(runId);
    if (run) blocks.push({ kind: 'run', key: `run:${run.runId}`, run });
    if (run) live.delete(run.runId);
  };
  for (const message of messages) {
    const isLive = message.role !== 'user' && runs.some(({ runId }) => runId === message.runId);
    if (isLive || (message.callId !== undefined && calls.has(message.callId))) continue;
    blocks.push({ kind: 'message', key: message.id, message, results });
    place(message.sentAs);
  }
  for (const outgoing of outbox) {
    blocks.push({ kind: 'outgoing', key: `out:${outgoing.runId}`, outgoing });
    place(outgoing.runId);
  }
  for (const runId of [...live.keys()]) place(runId);
  return blocks;
}

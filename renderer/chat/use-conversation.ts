import { useCallback, useEffect, useState } from 'react';
import { askGateway, onEvent } from '../bridge.ts';
import { Conversation, type ConversationShown } from './conversation.ts';

/** Milliseconds between two drawings of a short answer that is being written; a long one takes longer to draw. */
const DRAW_MS = 33;
const CHARS_A_MS = 250;

export interface OpenConversation {
  conversation: Conversation | undefined;
  shown: ConversationShown | undefined;
  /** The last answer that became complete, for those who do not see it. */
  answer: string;
}

/** The conversation of a session for as long as it is shown. */
export function useConversation(key: string): OpenConversation {
  const [state, setState] = useState<OpenConversation>({
    conversation: undefined,
    shown: undefined,
    answer: '',
  });
  const begin = useCallback(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const conversation = new Conversation(key, {
      call: askGateway,
      newId: () => crypto.randomUUID(),
      answered: (answer) => setState((before) => ({ ...before, answer })),
      changed() {
        timer ??= setTimeout(
          () => {
            timer = undefined;
            setState((before) => ({ ...before, shown: conversation.shown }));
          },
          DRAW_MS + writtenChars(conversation.shown) / CHARS_A_MS,
        );
      },
    });
    return { conversation, end: () => clearTimeout(timer) };
  }, [key]);
  useEffect(() => {
    const { conversation, end } = begin();
    setState({ conversation, shown: undefined, answer: '' });
    const ends = [
      onEvent('gateway', ({ event, payload }) => conversation.hear(event, payload)),
      onEvent('connected', (isConnected) => isConnected && void conversation.open()),
    ];
    void conversation.open();
    return () => {
      for (const off of ends) off();
      end();
      conversation.close();
    };
  }, [begin]);
  return state;
}

const writtenChars = ({ runs }: ConversationShown): number =>
  runs.reduce(
    (sum, { pieces }) =>
      sum + pieces.reduce((chars, piece) => chars + (piece.kind === 'text' ? piece.text.length : 0), 0),
    0,
  );

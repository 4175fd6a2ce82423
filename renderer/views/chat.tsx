import { useMemo } from 'react';
import { useAddress } from '../address.ts';
import { ApprovalCard } from '../chat/approval-card.tsx';
import { BlockList } from '../chat/block-list.tsx';
import { Composer } from '../chat/composer.tsx';
import type { Conversation, ConversationShown } from '../chat/conversation.ts';
import { openSession, SessionPicker } from '../chat/session-picker.tsx';
import { blocksOf } from '../chat/talk.ts';
import { useConversation } from '../chat/use-conversation.ts';
import { asObject, asText } from '../chat/wire.ts';
import { CallProblem } from '../components/call-problem.tsx';
import { useGateway, useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { chatMessages } from '../words/chat-messages.ts';
import './chat.css';

const SPOKEN_CHARS = 400;

/** A conversation with an agent. */
export function Chat() {
  const say = useSay(chatMessages);
  const { params } = useAddress();
  const main = mainSession(useGateway('agents.list', {}).data);
  const key = params.get('session') || main;
  const { conversation, shown, answer } = useConversation(key);
  return (
    <div className="chat">
      <header>
        <h1>{say('title')}</h1>
        <SessionPicker current={key} title={shown?.title} />
        <span className="quiet model">{shown?.model}</span>
      </header>
      {conversation && shown ? (
        <Said conversation={conversation} shown={shown} />
      ) : (
        <div className="talk-frame" />
      )}
      <Composer
        key={key}
        sessionKey={key}
        isBusy={shown?.isBusy === true || shown?.runs.some(({ state }) => state === 'running') === true}
        onSend={(text, files) => void conversation?.send(text, files)}
        onAbort={() => void conversation?.abort()}
      />
      <p className="unseen" aria-live="polite">
        {answer === '' ? '' : say('answered', { text: answer.slice(0, SPOKEN_CHARS) })}
      </p>
    </div>
  );
}

/** Where a conversation is held that nobody has chosen. */
function mainSession(agents: unknown): string {
  const { defaultId, mainKey, scope } = asObject(agents);
  return scope === 'global' ? 'global' : `agent:${asText(defaultId) ?? 'main'}:${asText(mainKey) ?? 'main'}`;
}

function Said({ conversation, shown }: { conversation: Conversation; shown: ConversationShown }) {
  const say = useSay(chatMessages);
  const { messages, runs, outbox, hasMore, isLoadingOlder, isLoaded, approvals, elsewhere, error } = shown;
  const blocks = useMemo(
    () => blocksOf({ messages, runs, outbox, hasMore }),
    [messages, runs, outbox, hasMore],
  );
  const older = (
    <button type="button" disabled={isLoadingOlder} onClick={() => void conversation.loadOlder()}>
      {say(isLoadingOlder ? 'loading' : 'older')}
    </button>
  );
  return (
    <>
      {error ? <CallProblem error={error} /> : null}
      {elsewhere[0] ? <Elsewhere sessionKey={elsewhere[0].sessionKey ?? ''} /> : null}
      <BlockList
        blocks={blocks}
        conversation={conversation}
        head={hasMore ? older : null}
        onNearStart={() => void conversation.loadOlder()}
      >
        {isLoaded && blocks.length === 0 ? <p className="quiet">{say('empty')}</p> : null}
        {approvals.map((approval) => (
          <ApprovalCard key={approval.id} approval={approval} conversation={conversation} />
        ))}
      </BlockList>
    </>
  );
}

function Elsewhere({ sessionKey }: { sessionKey: string }) {
  const say = useSay(chatMessages);
  return (
    <p role="status">
      {say('elsewhere', { key: oneLine(sessionKey) })}{' '}
      <button type="button" onClick={() => openSession(sessionKey)}>
        {say('openIt')}
      </button>
    </p>
  );
}

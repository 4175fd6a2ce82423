import { memo } from 'react';
import { useSay, useView } from '../state.ts';
import { toTheLetter } from '../visible-text.ts';
import { chatMessages } from '../words/chat-messages.ts';
import { bytesOf, pictureOf, sizeText } from './attached.ts';
import type { Conversation } from './conversation.ts';
import { SafeMarkdown } from './safe-markdown.tsx';
import type { Block, Outgoing, Piece, Run } from './talk.ts';
import { type AttachedFile, type Message, type Part, textOf } from './wire.ts';

interface BlockViewProps {
  block: Block;
  conversation: Conversation;
}

/** One message, one answer that is being written, or one message on its way. */
export const BlockView = memo(function BlockView({ block, conversation }: BlockViewProps) {
  switch (block.kind) {
    case 'message':
      return <MessageView message={block.message} results={block.results} />;
    case 'run':
      return <RunView run={block.run} />;
    case 'outgoing':
      return <OutgoingView outgoing={block.outgoing} conversation={conversation} />;
  }
});

function Head({ who, at }: { who: 'you' | 'agent' | 'system' | 'tool'; at?: number }) {
  const say = useSay(chatMessages);
  const { language } = useView();
  const time = at ? new Date(at).toLocaleString(language, { dateStyle: 'short', timeStyle: 'short' }) : '';
  return (
    <div className="said-head">
      <strong>{say(who)}</strong> <span className="quiet">{time}</span>
    </div>
  );
}

const speaker = (role: string): 'you' | 'agent' | 'system' | 'tool' =>
  role === 'user' ? 'you' : role === 'assistant' ? 'agent' : role === 'toolResult' ? 'tool' : 'system';

function MessageView({ message, results }: { message: Message; results: ReadonlyMap<string, Message> }) {
  const say = useSay(chatMessages);
  const { role, parts, at, toolName, isError } = message;
  const who = speaker(role);
  if (who === 'tool') {
    return <Tool name={toolName ?? 'tool'} args={undefined} result={{ text: textOf(parts), isError }} />;
  }
  return (
    <article className={`said ${who}`}>
      <Head who={who} at={at} />
      {parts.map((part, index) => (
        // The parts of a message never change their places.
        <PartView key={`${part.type}-${String(index)}`} part={part} isOwn={who === 'you'} results={results} />
      ))}
      {message.wasAborted ? <p className="quiet">{say('aborted')}</p> : null}
    </article>
  );
}

function PartView({
  part,
  isOwn,
  results,
}: {
  part: Part;
  isOwn: boolean;
  results: ReadonlyMap<string, Message>;
}) {
  if (part.type === 'file') return <FileView file={part.file} />;
  if (part.type === 'text')
    return isOwn ? <p className="plain">{part.text}</p> : <SafeMarkdown text={part.text} />;
  const found = results.get(part.id);
  const result = found && { text: textOf(found.parts), isError: found.isError };
  return <Tool name={part.name} args={part.args} result={result} />;
}

export function FileView({ file }: { file: AttachedFile }) {
  const picture = pictureOf(file);
  const label = `${toTheLetter(file.name) || file.mimeType} · ${sizeText(bytesOf(file))}`;
  return (
    <figure className="file">
      {picture ? <img src={picture} alt={toTheLetter(file.name)} /> : null}
      <figcaption>{label}</figcaption>
    </figure>
  );
}

function RunView({ run }: { run: Run }) {
  const say = useSay(chatMessages);
  const { pieces, state, error } = run;
  return (
    <article className="said agent" aria-busy={state === 'running'}>
      <Head who="agent" />
      {pieces.map((piece) => (
        <PieceView key={`${piece.kind}-${piece.id}`} piece={piece} />
      ))}
      {state === 'running' ? (
        <p className="writing quiet">{say(pieces.length === 0 ? 'thinking' : 'writing')}</p>
      ) : null}
      {state === 'aborted' ? <p className="quiet">{say('aborted')}</p> : null}
      {error ? (
        <p className="problem">
          {error.message || say('runFailed')} <code>{error.code}</code>{' '}
          <span className="quiet">{say('runNext')}</span>
        </p>
      ) : null}
    </article>
  );
}

const PieceView = ({ piece }: { piece: Piece }) =>
  piece.kind === 'text' ? (
    <SafeMarkdown text={piece.text} />
  ) : (
    <Tool name={piece.name} args={piece.args} result={piece.result} />
  );

interface ToolProps {
  name: string;
  args: unknown;
  result: { text: string; isError: boolean } | undefined;
}

const RESULT_CHARS = 20_000;

function Tool({ name, args, result }: ToolProps) {
  const say = useSay(chatMessages);
  const asked = askedOf(args);
  return (
    <details className="tool">
      <summary>
        <span className="tool-name">{toTheLetter(name)}</span>{' '}
        <code>{toTheLetter(asked).replaceAll('\n', ' ').slice(0, 160)}</code> <ToolState result={result} />
      </summary>
      {asked === '' ? null : <pre>{toTheLetter(asked)}</pre>}
      {result ? <pre>{toTheLetter(result.text.slice(0, RESULT_CHARS)) || say('noOutput')}</pre> : null}
    </details>
  );
}

function ToolState({ result }: Pick<ToolProps, 'result'>) {
  const say = useSay(chatMessages);
  if (!result) return <span className="quiet">{say('toolRuns')}</span>;
  return result.isError ? (
    <span className="problem">{say('toolFailed')}</span>
  ) : (
    <span className="quiet">{say('toolDone')}</span>
  );
}

/** A command as it is, anything else as JSON. */
function askedOf(args: unknown): string {
  if (args === undefined) return '';
  const command = typeof args === 'object' && args !== null ? Reflect.get(args, 'command') : undefined;
  return typeof command === 'string' ? command : (JSON.stringify(args, null, 1) ?? '');
}

function OutgoingView({ outgoing, conversation }: { outgoing: Outgoing; conversation: Conversation }) {
  const say = useSay(chatMessages);
  const { runId, text, files, state, error } = outgoing;
  return (
    <article className="said you" aria-busy={state === 'sending'}>
      <Head who="you" />
      <p className="plain">{text}</p>
      {files.map((file) => (
        <FileView key={`${file.name}-${file.data.length}`} file={file} />
      ))}
      {state === 'sending' ? <p className="quiet">{say('sending')}</p> : null}
      {error ? (
        <p className="problem" role="alert">
          {say('notSent')} {error.message} <code>{error.code}</code>
        </p>
      ) : null}
      {state === 'failed' ? (
        <p>
          <button type="button" onClick={() => void conversation.sendAgain(runId)}>
            {say('sendAgain')}
          </button>
          <button type="button" onClick={() => conversation.discard(runId)}>
            {say('discard')}
          </button>
        </p>
      ) : null}
    </article>
  );
}

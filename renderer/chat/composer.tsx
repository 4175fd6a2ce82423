import { type ClipboardEvent, type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { ChatLimits } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { useSay } from '../state.ts';
import { chatMessages } from '../words/chat-messages.ts';
import { readFile, sizeText, type TooMuch, tooMuch } from './attached.ts';
import { FileView } from './message-block.tsx';
import type { AttachedFile } from './wire.ts';

interface ComposerProps {
  /** Whose draft it is. */
  sessionKey: string;
  isBusy: boolean;
  onSend(text: string, files: readonly AttachedFile[]): void;
  onAbort(): void;
}

interface Refused {
  reason: TooMuch;
  name: string;
  limit: string;
}

/** Where a person writes; what is written stays until it is sent, also while another session is open. */
export function Composer({ sessionKey, isBusy, onSend, onAbort }: ComposerProps) {
  const say = useSay(chatMessages);
  const [text, setText] = useDraft(sessionKey);
  const { files, refused, add, remove, clear } = useFiles();
  const picker = useRef<HTMLInputElement>(null);
  const isOver = useDrop(add);
  const canSend = text.trim() !== '' || files.length > 0;
  const send = (): void => {
    if (!canSend) return;
    onSend(text, files);
    setText('');
    clear();
  };
  const keyDown = (event: KeyboardEvent): void => {
    // Return also ends the choice of a character in an input method.
    if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === 'Escape' && isBusy) onAbort();
  };
  const paste = (event: ClipboardEvent): void => {
    if (event.clipboardData.files.length === 0) return;
    event.preventDefault();
    void add([...event.clipboardData.files]);
  };
  return (
    <div className="composer">
      {isOver ? <div className="drop-hint">{say('dropHere')}</div> : null}
      {refused ? (
        <p className="problem" role="alert">
          {say(refused.reason, { name: refused.name, limit: refused.limit })}{' '}
          <code>ATTACHMENT_TOO_LARGE</code>
        </p>
      ) : null}
      <Attachments files={files} onRemove={remove} />
      <div className="composer-row">
        <textarea
          aria-label={say('message')}
          placeholder={say('placeholder')}
          value={text}
          rows={2}
          onChange={({ target }) => setText(target.value)}
          onKeyDown={keyDown}
          onPaste={paste}
        />
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          aria-label={say('attach')}
          onChange={({ target }) => {
            void add([...(target.files ?? [])]);
            target.value = '';
          }}
        />
        <button type="button" onClick={() => picker.current?.click()}>
          {say('attach')}
        </button>
        {isBusy ? (
          <button type="button" onClick={onAbort}>
            {say('abort')}
          </button>
        ) : null}
        <button type="button" className="primary" disabled={!canSend} onClick={send}>
          {say('send')}
        </button>
      </div>
    </div>
  );
}

function Attachments({ files, onRemove }: { files: readonly AttachedFile[]; onRemove(index: number): void }) {
  const say = useSay(chatMessages);
  if (files.length === 0) return null;
  return (
    <ul className="attached" aria-label={say('attachments')}>
      {files.map((file, index) => (
        <li key={`${file.name}-${String(index)}`}>
          <FileView file={file} />
          <button
            type="button"
            aria-label={say('remove', { name: file.name })}
            onClick={() => onRemove(index)}
          >
            ×
          </button>
        </li>
      ))}
    </ul>
  );
}

const draftName = (sessionKey: string): string => `draft:${sessionKey}`;

function useDraft(sessionKey: string): [string, (text: string) => void] {
  const [text, setText] = useState(() => localStorage.getItem(draftName(sessionKey)) ?? '');
  const write = (next: string): void => {
    setText(next);
    if (next === '') localStorage.removeItem(draftName(sessionKey));
    else localStorage.setItem(draftName(sessionKey), next);
  };
  return [text, write];
}

/** Files can be dropped anywhere in the window; true while some are held over it. */
function useDrop(add: (files: readonly File[]) => Promise<void>): boolean {
  const [isOver, setIsOver] = useState(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(event.dataTransfer?.types.includes('Files') === true);
    };
    const leave = (event: DragEvent): void => setIsOver(event.relatedTarget !== null);
    const drop = (event: DragEvent): void => {
      event.preventDefault();
      setIsOver(false);
      void add([...(event.dataTransfer?.files ?? [])]);
    };
    const off = new AbortController();
    window.addEventListener('dragover', over, { signal: off.signal });
    window.addEventListener('dragleave', leave, { signal: off.signal });
    window.addEventListener('drop', drop, { signal: off.signal });
    return () => off.abort();
  }, [add]);
  return isOver;
}

const limitOf = (reason: TooMuch, limits: ChatLimits): number =>
  reason === 'pictureTooLarge'
    ? limits.imageBytes
    : reason === 'fileTooLarge'
      ? limits.attachmentBytes
      : limits.requestBytes;

async function taken(
  file: File,
  others: readonly AttachedFile[],
  limits: ChatLimits,
): Promise<{ kept: readonly AttachedFile[]; refusal?: Refused }> {
  const reason = tooMuch(file, others, limits);
  if (!reason) return { kept: [...others, await readFile(file)] };
  return { kept: others, refusal: { reason, name: file.name, limit: sizeText(limitOf(reason, limits)) } };
}

function useFiles() {
  const [files, setFiles] = useState<readonly AttachedFile[]>([]);
  const [refused, setRefused] = useState<Refused>();
  const current = useRef(files);
  const queue = useRef(Promise.resolve());
  const take = async (chosen: readonly File[]): Promise<void> => {
    const limits = await ask('chat.limits', undefined);
    setRefused(undefined);
    for (const file of chosen) {
      const { kept, refusal } = await taken(file, current.current, limits);
      change(kept);
      if (refusal) setRefused(refusal);
    }
  };
  // One after the other, or what is dropped while something is read would take its place.
  const [add] = useState(() => (chosen: readonly File[]): Promise<void> => {
    queue.current = queue.current.then(() => take(chosen)).catch(() => undefined);
    return queue.current;
  });
  const change = (next: readonly AttachedFile[]): void => {
    current.current = next;
    setFiles(next);
  };
  return {
    files,
    refused,
    add,
    remove: (index: number) => change(files.filter((_, at) => at !== index)),
    clear: () => change([]),
  };
}

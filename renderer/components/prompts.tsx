import { useEffect, useId, useRef, useState } from 'react';
import type { Prompt, PromptAnswer } from '../../main/bridge/contract.ts';
import { ask, follow } from '../bridge.ts';
import { useSay } from '../state.ts';
import { promptMessages } from '../words/prompt-messages.ts';
import { ChangedPrompt } from './changed-prompt.tsx';
import { ConsentPrompt } from './consent-prompt.tsx';
import { SecretPrompt } from './secret-prompt.tsx';
import './prompts.css';

/** What waits for a person, one after the other, in front of whatever view is shown. */
export function Prompts() {
  const [prompts, setPrompts] = useState<readonly Prompt[]>([]);
  useEffect(() => {
    const first = () => ask('prompts.get', undefined).then((answer) => answer.prompts);
    return follow('prompts', first, setPrompts);
  }, []);
  const [first] = prompts;
  return first ? <PromptDialog key={first.id} prompt={first} others={prompts.length - 1} /> : null;
}

/** Answers this prompt; one that is gone is answered by its disappearing. */
export type Reply = (answer: PromptAnswer) => void;

function PromptDialog({ prompt, others }: { prompt: Prompt; others: number }) {
  const say = useSay(promptMessages);
  const titleId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => shown?.close();
  }, []);
  const reply: Reply = (answer) =>
    void ask('prompt.answer', { id: prompt.id, answer }).catch(() => undefined);
  return (
    <dialog
      ref={dialog}
      className="prompt"
      role={prompt.kind === 'changed' ? 'alertdialog' : 'dialog'}
      aria-labelledby={titleId}
      onCancel={(event) => {
        event.preventDefault();
        reply({ do: 'cancel' });
      }}
    >
      <PromptBody prompt={prompt} titleId={titleId} reply={reply} />
      {others > 0 ? <p className="quiet">{say('waiting', { count: others })}</p> : null}
    </dialog>
  );
}

function PromptBody({ prompt, titleId, reply }: { prompt: Prompt; titleId: string; reply: Reply }) {
  if (prompt.kind === 'changed') return <ChangedPrompt prompt={prompt} titleId={titleId} reply={reply} />;
  if (prompt.kind === 'passphrase' || prompt.kind === 'credential')
    return <SecretPrompt prompt={prompt} titleId={titleId} reply={reply} />;
  return <ConsentPrompt prompt={prompt} titleId={titleId} reply={reply} />;
}

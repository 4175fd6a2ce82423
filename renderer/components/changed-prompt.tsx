import { type FormEvent, useEffect, useId, useRef, useState } from 'react';
import type { Prompt } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { promptMessages } from '../words/prompt-messages.ts';
import { Commands } from './commands.tsx';
import type { Reply } from './prompts.tsx';

type Changed = Extract<Prompt, { kind: 'changed' }>;

interface Props {
  prompt: Changed;
  titleId: string;
  reply: Reply;
}

/** Somebody else answers than before. There is no yes here: what is known can be removed, in a step of its own. */
export function ChangedPrompt({ prompt, titleId, reply }: Props) {
  const say = useSay(promptMessages);
  const [isRemoving, setRemoving] = useState(false);
  const { what, place, removal, confirmWord } = prompt;
  return (
    <>
      <h2 id={titleId} className="problem">
        {say(`changed.${what}`, { place })}
      </h2>
      <p>{say(`changed.${what}.text`)}</p>
      <Comparison prompt={prompt} />
      <Commands title={say(compareKey(what))} commands={prompt.commands} />
      <Commands title={say('byHand')} commands={removal} />
      {isRemoving && confirmWord !== undefined ? (
        <RemoveForm word={confirmWord} reply={reply} back={() => setRemoving(false)} />
      ) : (
        <footer>
          {confirmWord === undefined ? null : (
            <button type="button" onClick={() => setRemoving(true)}>
              {say(removeKey(what))}
            </button>
          )}
          <button type="button" className="primary" data-first onClick={() => reply({ do: 'cancel' })}>
            {say('close')}
          </button>
        </footer>
      )}
    </>
  );
}

const compareKey = (what: Changed['what']) =>
  what === 'gateway' ? 'compareGateway' : what === 'certificate' ? 'compareCertificate' : 'compareNow';

const removeKey = (what: Changed['what']) =>
  what === 'gateway' || what === 'certificate' ? (`removeFirst.${what}` as const) : 'removeFirst';

/** Old and new side by side. */
function Comparison({ prompt: { old, now } }: { prompt: Changed }) {
  const say = useSay(promptMessages);
  return (
    <div className="comparison">
      <section>
        <h3>{say('known')}</h3>
        {old.map((key) => (
          <Key key={`${key.value} ${key.place}`} of={key} />
        ))}
      </section>
      <section>
        <h3>{say('shown')}</h3>
        <Key of={now} />
      </section>
    </div>
  );
}

function Key({ of: { type, value, place } }: { of: Changed['now'] }) {
  const say = useSay(promptMessages);
  return (
    <>
      {type === undefined ? null : <p>{type}</p>}
      <p>
        <code>{value}</code>
      </p>
      {place === undefined ? null : <p className="quiet">{say('storedAt', { place })}</p>}
    </>
  );
}

function RemoveForm({ word, reply, back }: { word: string; reply: Reply; back(): void }) {
  const say = useSay(promptMessages);
  const [typed, setTyped] = useState('');
  const field = useRef<HTMLInputElement>(null);
  const fieldId = useId();
  useEffect(() => field.current?.focus(), []);
  const remove = (event: FormEvent): void => {
    event.preventDefault();
    if (typed === word) reply({ do: 'remove', confirm: typed });
  };
  return (
    <form onSubmit={remove}>
      <div className="field">
        <label htmlFor={fieldId}>{say('confirmText', { word })}</label>
        <input
          id={fieldId}
          ref={field}
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setTyped(event.target.value)}
        />
      </div>
      <footer>
        <button type="submit" disabled={typed !== word}>
          {say('removeNow')}
        </button>
        <button type="button" className="primary" onClick={back}>
          {say('back')}
        </button>
      </footer>
    </form>
  );
}

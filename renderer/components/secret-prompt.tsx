import { type FormEvent, useId, useRef, useState } from 'react';
import type { Prompt } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { promptMessages } from '../words/prompt-messages.ts';
import type { Reply } from './prompts.tsx';

type Secret = Extract<Prompt, { kind: 'passphrase' | 'credential' }>;

/** Asks for a secret. It stands in the field alone, and goes from there to the app and out of the field. */
export function SecretPrompt({ prompt, titleId, reply }: { prompt: Secret; titleId: string; reply: Reply }) {
  const say = useSay(promptMessages);
  const field = useRef<HTMLInputElement>(null);
  const [kind, setKind] = useState<'token' | 'password'>('token');
  const [isRemembered, setRemembered] = useState(false);
  const isPassphrase = prompt.kind === 'passphrase';
  const send = (event: FormEvent): void => {
    event.preventDefault();
    const secret = field.current?.value ?? '';
    if (field.current) field.current.value = '';
    if (secret === '') return;
    reply({ do: 'secret', kind: isPassphrase ? 'passphrase' : kind, secret, remember: isRemembered });
  };
  const fieldId = useId();
  const name = isPassphrase ? say('passphraseField') : say(kind);
  return (
    <form onSubmit={send} autoComplete="off">
      <h2 id={titleId}>{say(prompt.kind)}</h2>
      <p>{textOf(prompt, say)}</p>
      <Wrong prompt={prompt} />
      {isPassphrase ? null : <KindChoice kind={kind} choose={setKind} />}
      <div className="field">
        <label htmlFor={fieldId}>{name}</label>
        <input id={fieldId} ref={field} type="password" data-first autoComplete="off" spellCheck={false} />
      </div>
      <Remember keeping={prompt.keeping} isOn={isRemembered} set={setRemembered} />
      <footer>
        <button type="submit" className="primary">
          {say(isPassphrase ? 'unlock' : 'send')}
        </button>
        <button type="button" onClick={() => reply({ do: 'cancel' })}>
          {say('cancel')}
        </button>
      </footer>
    </form>
  );
}

type Say = ReturnType<(typeof promptMessages)['in']>;

const textOf = (prompt: Secret, say: Say): string =>
  prompt.kind === 'passphrase'
    ? say('passphrase.text', { path: prompt.path, place: prompt.place })
    : say('credential.text', { place: prompt.place });

function Wrong({ prompt }: { prompt: Secret }) {
  const say = useSay(promptMessages);
  if (prompt.kind === 'credential')
    return prompt.isWrong ? (
      <p className="problem" role="alert">
        {say('refused')}
      </p>
    ) : null;
  return prompt.attempt > 1 ? (
    <p className="problem" role="alert">
      {say('wrong', { attempt: prompt.attempt })}
    </p>
  ) : null;
}

function KindChoice({
  kind,
  choose,
}: {
  kind: 'token' | 'password';
  choose(kind: 'token' | 'password'): void;
}) {
  const say = useSay(promptMessages);
  return (
    <fieldset>
      <legend>{say('kind')}</legend>
      {(['token', 'password'] as const).map((one) => (
        <label key={one}>
          <input type="radio" name="secret-kind" checked={one === kind} onChange={() => choose(one)} />{' '}
          {say(one)}
        </label>
      ))}
    </fieldset>
  );
}

function Remember({
  keeping,
  isOn,
  set,
}: {
  keeping: Secret['keeping'];
  isOn: boolean;
  set(isOn: boolean): void;
}) {
  const say = useSay(promptMessages);
  const noteId = useId();
  return (
    <div className="remember">
      <label>
        <input
          type="checkbox"
          checked={isOn}
          disabled={keeping === 'none'}
          aria-describedby={noteId}
          onChange={(event) => set(event.target.checked)}
        />{' '}
        {say('remember')}
      </label>
      <p id={noteId} className={keeping === 'plain' ? 'caution' : 'quiet'}>
        {say(`remember.${keeping}`)}
      </p>
    </div>
  );
}

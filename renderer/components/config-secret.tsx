import { useState } from 'react';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import type { ControlProps } from './config-field.tsx';

/** A secret is never shown: it is set or not, replaced or removed. */
export function SecretControl(props: ControlProps) {
  const { id, field, value, edit, set, onEdit } = props;
  const say = useSay(configMessages);
  const [isTyping, setTyping] = useState(false);
  const { label } = field;
  if (!isTyping && !edit) return <StoredSecret {...props} onReplace={() => setTyping(true)} />;
  const keep = (): void => {
    setTyping(false);
    onEdit(undefined);
  };
  return (
    <div className="config-secret">
      {edit && 'remove' in edit ? (
        <output id={id}>{say('secretRemoved')}</output>
      ) : (
        <input
          id={id}
          type="password"
          autoComplete="new-password"
          aria-label={say('newSecret', { label })}
          aria-describedby={`${id}-path`}
          value={edit ? String(edit.value) : ''}
          onChange={({ target }) => (target.value === '' ? onEdit(undefined) : set(target.value))}
        />
      )}
      <button type="button" aria-label={say('keepOf', { label })} onClick={keep}>
        {value === undefined ? say('leave') : say('keep')}
      </button>
    </div>
  );
}

function StoredSecret({ id, field, value, remove, onReplace }: ControlProps & { onReplace(): void }) {
  const say = useSay(configMessages);
  const { label } = field;
  const isSet = value !== undefined;
  return (
    <div className="config-secret">
      <output id={id}>{stateOf(value, say)}</output>
      <button type="button" aria-label={say(isSet ? 'replaceOf' : 'setOf', { label })} onClick={onReplace}>
        {say(isSet ? 'replace' : 'setSecret')}
      </button>
      {isSet ? (
        <button type="button" aria-label={say('removeOf', { label })} onClick={remove}>
          {say('remove')}
        </button>
      ) : null}
    </div>
  );
}

type SayConfig = ReturnType<(typeof configMessages)['in']>;

/** A reference names where the secret is, and is none itself. */
function stateOf(value: unknown, say: SayConfig): string {
  if (value === undefined || value === '') return say('notSet');
  const name = typeof value === 'string' ? /^\$\{(\w+)\}$/.exec(value)?.[1] : undefined;
  if (name !== undefined) return say('secretReference', { source: 'env', id: name });
  if (typeof value !== 'object' || value === null) return say('secretSet');
  const { source = '', id = '' } = value as { source?: string; id?: string };
  return say('secretReference', { source, id });
}

import { useId, useState } from 'react';
import type { ConfigProblem } from '../../main/bridge/contract.ts';
import type { Edit } from '../config/draft.ts';
import { type Field, REDACTED } from '../config/fields.ts';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import { SecretControl } from './config-secret.tsx';

export interface FieldProps {
  field: Field;
  /** As the file has it; undefined when it is not set there. */
  value: unknown;
  /** What applies where nothing is set. */
  fallback: unknown;
  edit: Edit | undefined;
  /** It comes from another file. */
  isIncluded: boolean;
  problems: readonly ConfigProblem[];
  onEdit(edit: Edit | undefined): void;
}

export interface ControlProps extends FieldProps {
  id: string;
  /** What it will be. */
  current: unknown;
  set(value: unknown): void;
  remove(): void;
}

const sameValue = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** One key: its name, its value, and what is to be known about it. */
export function ConfigField(props: FieldProps) {
  const say = useSay(configMessages);
  const id = useId();
  const { field, value, edit, isIncluded, problems, onEdit } = props;
  const { path, label, reload } = field;
  const isSet = value !== undefined;
  const control: ControlProps = {
    ...props,
    id,
    current: edit ? ('value' in edit ? edit.value : undefined) : value,
    set: (next) => onEdit(sameValue(next, value) ? undefined : ({ path: [...path], value: next } as Edit)),
    remove: () => onEdit(isSet ? { path: [...path], remove: true } : undefined),
  };
  return (
    <div className="config-field" data-edited={edit !== undefined}>
      <div className="config-name">
        <label htmlFor={id}>{label}</label>
        <span className="config-path" id={`${id}-path`}>
          {path.join('.')}
          {reload === 'restart' ? <span className="config-mark"> · {say('restart')}</span> : null}
          {edit ? <strong className="config-mark"> · {say('edited')}</strong> : null}
        </span>
      </div>
      <div className="config-value">
        {isIncluded ? <Included {...control} /> : <Control {...control} />}
        {problems.map(({ message }) => (
          <p key={message} className="problem" role="alert">
            {message}
          </p>
        ))}
      </div>
    </div>
  );
}

function Included({ id, value }: ControlProps) {
  const say = useSay(configMessages);
  return (
    <>
      <input id={id} value={value === REDACTED ? say('secretSet') : textOf(value)} disabled readOnly />
      <p className="quiet">{say('included')}</p>
    </>
  );
}

function Control(props: ControlProps) {
  switch (props.field.kind) {
    case 'secret':
      return <SecretControl {...props} />;
    case 'choice':
      return <ChoiceControl {...props} />;
    case 'lines':
      return <LinesControl {...props} />;
    case 'json':
      return <JsonControl {...props} />;
    default:
      return <TextControl {...props} />;
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : (JSON.stringify(value) ?? '');

function ChoiceControl({ id, field, current, fallback, set, remove }: ControlProps) {
  const say = useSay(configMessages);
  const words = (value: unknown): string =>
    typeof value === 'boolean' ? say(value ? 'on' : 'off') : String(value);
  const values: readonly unknown[] = field.choices;
  const index = values.indexOf(current);
  const unset = fallback === undefined ? say('notSet') : say('byDefault', { value: words(fallback) });
  return (
    <select
      id={id}
      aria-describedby={`${id}-path`}
      value={index === -1 && current !== undefined ? 'other' : index}
      onChange={({ target }) =>
        Number(target.value) === -1 ? remove() : set(field.choices[Number(target.value)])
      }
    >
      <option value={-1}>{unset}</option>
      {field.choices.map((choice, place) => (
        <option key={String(choice)} value={place}>
          {words(choice)}
        </option>
      ))}
      {index === -1 && current !== undefined ? <option value="other">{textOf(current)}</option> : null}
    </select>
  );
}

/** Text and numbers. An empty one is not set. */
function TextControl({ id, field, current, fallback, set, remove }: ControlProps) {
  const say = useSay(configMessages);
  const isNumber = field.kind === 'number';
  const [typed, setTyped] = useState<string>();
  const isWrong = typed !== undefined;
  const take = (text: string): void => {
    const number = Number(text);
    setTyped(isNumber && Number.isNaN(number) ? text : undefined);
    if (text.trim() === '') remove();
    else if (!isNumber) set(text);
    else if (!Number.isNaN(number)) set(number);
  };
  return (
    <>
      <input
        id={id}
        type="text"
        inputMode={isNumber ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        aria-describedby={`${id}-path`}
        aria-invalid={isWrong}
        placeholder={fallback === undefined ? say('notSet') : say('byDefault', { value: textOf(fallback) })}
        value={typed ?? textOf(current)}
        onChange={({ target }) => take(target.value)}
      />
      {isWrong ? (
        <p className="problem" role="alert">
          {say('numberWrong')}
        </p>
      ) : null}
    </>
  );
}

function LinesControl({ id, current, set, remove }: ControlProps) {
  const say = useSay(configMessages);
  const lines = Array.isArray(current) ? current.map(textOf) : [];
  // What is being typed may end with an empty line, which is no entry yet.
  const [typed, setTyped] = useState<string>();
  const isTyped = typed !== undefined && sameValue(entriesOf(typed), lines);
  const text = isTyped ? typed : lines.join('\n');
  return (
    <>
      <textarea
        id={id}
        rows={Math.min(8, Math.max(2, text.split('\n').length))}
        spellCheck={false}
        aria-describedby={`${id}-path ${id}-hint`}
        placeholder={say('notSet')}
        value={text}
        onChange={({ target }) => {
          setTyped(target.value);
          const entries = entriesOf(target.value);
          if (entries.length === 0) remove();
          else set(entries);
        }}
      />
      <p className="quiet" id={`${id}-hint`}>
        {say('linesHint')}
      </p>
    </>
  );
}

const entriesOf = (text: string): string[] =>
  text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));

/** Whatever has no control of its own. */
function JsonControl({ id, current, set, remove }: ControlProps) {
  const say = useSay(configMessages);
  const printed = current === undefined ? '' : JSON.stringify(current, null, 2);
  const [typed, setTyped] = useState<string>();
  const text = typed ?? printed;
  const isWrong = typed !== undefined && typed.trim() !== '' && parsed(typed) === undefined;
  const take = (next: string): void => {
    setTyped(next);
    const value = parsed(next);
    if (next.trim() === '') remove();
    else if (value) set(value.value);
  };
  return (
    <>
      <textarea
        id={id}
        className="config-json"
        rows={Math.min(12, Math.max(2, text.split('\n').length))}
        spellCheck={false}
        aria-describedby={`${id}-path ${id}-hint`}
        aria-invalid={isWrong}
        placeholder={say('notSet')}
        value={text}
        onBlur={() => (isWrong ? undefined : setTyped(undefined))}
        onChange={({ target }) => take(target.value)}
      />
      <p className={isWrong ? 'problem' : 'quiet'} id={`${id}-hint`}>
        {say(isWrong ? 'jsonWrong' : 'jsonHint')}
      </p>
    </>
  );
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

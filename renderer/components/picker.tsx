import { type ReactNode, useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { Destination, PickerRow, PickerState } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { pickerMessages } from '../words/picker-messages.ts';
import { PickerChoice } from './picker-choice.tsx';
import { usePickerSearch } from './picker-search.ts';
import { PickerTable, rowButtonId } from './picker-table.tsx';
import './picker.css';

interface Props {
  open(destination: Destination): void;
  change(destination: Destination): void;
  close(): void;
}

/** Searches for gateways while it is shown, and asks before anything is done with one. */
export function Picker({ open, change, close }: Props) {
  const state = usePickerSearch();
  const [chosen, setChosen] = useState<string>();
  const [isAsked, setAsked] = useState(false);
  const titleId = useId();
  const choose = ({ id }: PickerRow): void => {
    setChosen(id);
    setAsked(true);
  };
  const rows = [...(state?.known ?? []), ...(state?.network ?? [])];
  const row = isAsked ? rows.find(({ id }) => id === chosen) : undefined;
  const acts = { open, change, back: () => setAsked(false) };
  return (
    <WindowDialog titleId={titleId} className="prompt picker" close={close}>
      {row ? (
        <PickerChoice row={row} titleId={titleId} {...acts} />
      ) : (
        <Choices state={state} titleId={titleId} last={chosen} choose={choose} close={close} />
      )}
    </WindowDialog>
  );
}

/** A dialog in front of the view. Escape closes it. */
export function WindowDialog({
  titleId,
  className,
  close,
  children,
}: {
  titleId: string;
  className: string;
  close(): void;
  children: ReactNode;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed while it is still in the page, it gives the focus back to where that was.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    shown?.querySelector<HTMLElement>('[data-first]')?.focus();
    return () => shown?.close();
  }, []);
  const cancel = (event: { preventDefault(): void }): void => {
    event.preventDefault();
    close();
  };
  return (
    <dialog ref={dialog} className={className} aria-labelledby={titleId} onCancel={cancel}>
      {children}
    </dialog>
  );
}

interface ChoicesProps {
  state: PickerState | undefined;
  titleId: string;
  /** The one that was looked at before. */
  last: string | undefined;
  choose(row: PickerRow): void;
  close(): void;
}

function Choices({ state, titleId, last, choose, close }: ChoicesProps) {
  const say = useSay(pickerMessages);
  const [wanted, setWanted] = useState('');
  useEffect(() => {
    if (last !== undefined) document.getElementById(rowButtonId(last))?.focus();
  }, [last]);
  const fits = ({ name, address }: PickerRow): boolean =>
    `${name} ${address}`.toLowerCase().includes(wanted.trim().toLowerCase());
  const known = state?.known.filter(fits) ?? [];
  return (
    <>
      <header>
        <h2 id={titleId}>{say('title')}</h2>
        <input
          type="search"
          data-first
          aria-label={say('filter')}
          placeholder={say('filter')}
          maxLength={100}
          spellCheck={false}
          onChange={({ target }) => setWanted(target.value)}
        />
      </header>
      <h3>{say('network')}</h3>
      <section className="pane" aria-label={say('network')}>
        <Network state={state} rows={state?.network.filter(fits) ?? []} choose={choose} />
      </section>
      <Found state={state} />
      <h3>{say('known')}</h3>
      <section className="pane" aria-label={say('known')}>
        {known.length === 0 ? (
          <p className="quiet">{say('noneKnown')}</p>
        ) : (
          <PickerTable label={say('known')} rows={known} choose={choose} />
        )}
      </section>
      <footer>
        <button type="button" onClick={close}>
          {say('close')}
        </button>
      </footer>
    </>
  );
}

/** How many there are, in one line that is always there. */
function Found({ state }: { state: PickerState | undefined }) {
  const say = useSay(pickerMessages);
  const { isSearching = true, found = 0, hidden = 0 } = state ?? {};
  const parts = [
    ...(found > 0 ? [say('found', { count: found })] : isSearching ? [] : [say('foundNone')]),
    ...(isSearching ? [say('searching')] : []),
    ...(hidden > 0 ? [say('hidden', { count: hidden })] : []),
  ];
  return (
    <p role="status" className="quiet">
      {parts.join(' ')}
    </p>
  );
}

function Network({
  state,
  rows,
  choose,
}: {
  state: PickerState | undefined;
  rows: readonly PickerRow[];
  choose(row: PickerRow): void;
}) {
  const say = useSay(pickerMessages);
  const { problems = [], found = 0, network = [] } = state ?? {};
  return (
    <>
      {rows.length > 0 ? <PickerTable label={say('network')} rows={rows} choose={choose} /> : null}
      {found > 0 && network.length === 0 ? <p className="quiet">{say('allKnown')}</p> : null}
      {problems.length > 0 ? <Reasons problems={problems} /> : null}
    </>
  );
}

function Reasons({ problems }: Pick<PickerState, 'problems'>) {
  const say = useSay(pickerMessages);
  return (
    <details open>
      <summary>{say('why')}</summary>
      {problems.map(({ code, message, todo, commands }) => (
        <div key={code} className="reason">
          <p>
            {message} <code className="quiet">({code})</code>
          </p>
          <p>{todo}</p>
          {commands.map((command) => (
            <code key={command} className="command">
              {command}
            </code>
          ))}
        </div>
      ))}
    </details>
  );
}

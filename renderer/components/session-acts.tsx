import { type FocusEvent, type KeyboardEvent, useRef, useState } from 'react';
import { askGateway, type CallError } from '../bridge.ts';
import type { SessionRow } from '../sessions.ts';
import { useSay } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';
import { sessionsMessages } from '../words/sessions-messages.ts';
import { Confirm } from './confirm.tsx';
import { Dialog } from './dialog.tsx';
import { Problem } from './problem.tsx';

type Act = 'rename' | 'compact' | 'reset' | 'delete';

const ASKED: readonly Act[] = ['compact', 'reset', 'delete'];

/** What can be done with one session, folded away until it is asked for. */
export function SessionActs({ row, changed }: { row: SessionRow; changed(): void }) {
  const say = useSay(sessionsMessages);
  const [act, setAct] = useState<Act>();
  const [error, setError] = useState<CallError>();
  const { key, isPinned, isArchived, title } = row;
  const patch = (fields: { pinned?: boolean; archived?: boolean }): void => {
    askGateway('sessions.patch', { key, ...fields }).then(changed, setError);
  };
  const close = (): void => setAct(undefined);
  const fold = useRef<HTMLDetailsElement>(null);
  const choose = (chosen: () => void) => (): void => {
    if (fold.current) fold.current.open = false;
    chosen();
  };
  return (
    <>
      <a
        className="button"
        href={`#chat?session=${encodeURIComponent(key)}`}
        aria-label={`${say('open')}: ${title}`}
      >
        {say('open')}
      </a>
      <details ref={fold} className="more" onBlur={foldWhenLeft} onKeyDown={foldByEscape}>
        <summary aria-label={say('moreFor', { name: title })}>{say('more')}</summary>
        <div>
          <button type="button" onClick={choose(() => setAct('rename'))}>
            {say('rename')}
          </button>
          <button type="button" onClick={choose(() => patch({ pinned: !isPinned }))}>
            {say(isPinned ? 'unpin' : 'pin')}
          </button>
          <button type="button" onClick={choose(() => patch({ archived: !isArchived }))}>
            {say(isArchived ? 'unarchive' : 'archive')}
          </button>
          {ASKED.map((name) => (
            <button key={name} type="button" onClick={choose(() => setAct(name))}>
              {say(name)}
            </button>
          ))}
        </div>
      </details>
      <Problem error={error} />
      {act === 'rename' && <Rename row={row} close={close} changed={changed} />}
      {act !== undefined && act !== 'rename' && (
        <Confirm
          title={say(`${act}Title`, { name: title })}
          action={say(`${act}Act`)}
          act={() => carryOut(act, key).then(changed)}
          close={close}
        >
          <p>{say(`${act}What`)}</p>
        </Confirm>
      )}
    </>
  );
}

function foldWhenLeft({ currentTarget, relatedTarget }: FocusEvent<HTMLDetailsElement>): void {
  if (!currentTarget.contains(relatedTarget)) currentTarget.open = false;
}

function foldByEscape({ currentTarget, key }: KeyboardEvent<HTMLDetailsElement>): void {
  if (key !== 'Escape') return;
  currentTarget.open = false;
  currentTarget.querySelector('summary')?.focus();
}

function carryOut(act: Exclude<Act, 'rename'>, key: string): Promise<unknown> {
  if (act === 'compact') return askGateway('sessions.compact', { key });
  return act === 'reset' ? askGateway('sessions.reset', { key }) : askGateway('sessions.delete', { key });
}

function Rename({ row, close, changed }: { row: SessionRow; close(): void; changed(): void }) {
  const say = useSay(sessionsMessages);
  const common = useSay(commonMessages);
  const [name, setName] = useState(row.label ?? row.title);
  const [error, setError] = useState<CallError>();
  const save = (): void => {
    askGateway('sessions.patch', { key: row.key, label: name.trim() || null }).then(() => {
      changed();
      close();
    }, setError);
  };
  return (
    <Dialog title={say('renameTitle', { name: row.title })} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <label className="field">
          {say('newName')}
          <input type="text" value={name} maxLength={200} onChange={({ target }) => setName(target.value)} />
        </label>
        <Problem error={error} />
        <div className="choices">
          <button type="button" onClick={close}>
            {common('cancel')}
          </button>
          <button type="submit" className="primary">
            {say('save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

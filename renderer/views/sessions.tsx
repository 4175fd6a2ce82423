import { useState } from 'react';
import { Problem } from '../components/problem.tsx';
import { SessionActs } from '../components/session-acts.tsx';
import { ago, decimal } from '../formats.ts';
import { pinnedFirst, type SessionRow, useSessions } from '../sessions.ts';
import { useSay, useView } from '../state.ts';
import { commonMessages } from '../words/common-messages.ts';
import { sessionsMessages } from '../words/sessions-messages.ts';
import './sessions.css';

/** What was said in which session, and what to do with it. */
export function Sessions() {
  const say = useSay(sessionsMessages);
  const common = useSay(commonMessages);
  const [search, setSearch] = useState('');
  const [archived, setArchived] = useState(false);
  const { rows, total, error, more, reload } = useSessions(search.trim(), archived);
  const isAll = rows === undefined || rows.length >= total;
  return (
    <div className="sessions">
      <h1>{say('title')}</h1>
      <div className="filter">
        <input
          type="search"
          aria-label={say('search')}
          placeholder={say('search')}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <label>
          <input type="checkbox" checked={archived} onChange={({ target }) => setArchived(target.checked)} />{' '}
          {say('archived')}
        </label>
        <span className="quiet" aria-live="polite">
          {rows && say('count', { shown: rows.length, total })}
        </span>
      </div>
      <Problem error={error} />
      {rows === undefined && error === undefined ? <p>{common('loading')}</p> : null}
      {rows?.length === 0 && <p>{say(search.trim() === '' ? 'nothing' : 'nothingFound')}</p>}
      {rows && rows.length > 0 && <Table rows={pinnedFirst(rows)} changed={reload} />}
      {isAll ? null : (
        <button type="button" onClick={more}>
          {common('more')}
        </button>
      )}
    </div>
  );
}

function Table({ rows, changed }: { rows: readonly SessionRow[]; changed(): void }) {
  const say = useSay(sessionsMessages);
  return (
    <table className="list">
      <thead>
        <tr>
          {(['name', 'model', 'tokens', 'used', 'acts'] as const).map((name) => (
            <th key={name} scope="col">
              {say(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.key} row={row} changed={changed} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, changed }: { row: SessionRow; changed(): void }) {
  const say = useSay(sessionsMessages);
  const { language } = useView();
  const { title, preview, model, tokens, usedAt } = row;
  const marks = [
    row.isPinned && say('pinned'),
    row.isUnread && say('unread'),
    row.isRunning && say('running'),
    row.isArchived && say('isArchived'),
  ].filter(Boolean);
  return (
    <tr data-unread={row.isUnread}>
      <th scope="row">
        <span className="title">{title}</span>
        {marks.map((mark) => (
          <span key={String(mark)} className="mark">
            {mark}
          </span>
        ))}
        {preview !== '' && preview !== title && <span className="preview quiet">{preview}</span>}
      </th>
      <td data-name={say('model')}>{model}</td>
      <td className="number" data-name={say('tokens')}>
        {tokens === undefined ? '' : decimal(tokens, language, 0)}
      </td>
      <td data-name={say('used')}>{usedAt === undefined ? '' : ago(usedAt, Date.now(), language)}</td>
      <td className="acts">
        <SessionActs row={row} changed={changed} />
      </td>
    </tr>
  );
}

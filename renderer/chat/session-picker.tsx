import { askGateway } from '../bridge.ts';
import { useGateway, useSay } from '../state.ts';
import { oneLine } from '../visible-text.ts';
import { chatMessages } from '../words/chat-messages.ts';
import { asText } from './wire.ts';

const LIST = { limit: 200, includeDerivedTitles: true };
const TITLE_CHARS = 60;

export const openSession = (key: string): void => {
  window.location.hash = `#chat?session=${encodeURIComponent(key)}`;
};

/** Which session is shown; sessions most recently used first. */
export function SessionPicker({ current, title }: { current: string; title: string | undefined }) {
  const say = useSay(chatMessages);
  const { data } = useGateway('sessions.list', LIST, ['sessions.changed']);
  const rows = data?.sessions ?? [];
  const isListed = rows.some(({ key }) => key === current);
  const begin = (): void => {
    void askGateway('sessions.create', {}).then(
      ({ key }) => openSession(key),
      () => undefined,
    );
  };
  return (
    <>
      <label className="session-picker">
        <span>{say('session')}</span>
        <select value={current} onChange={({ target }) => openSession(target.value)}>
          {isListed ? null : <option value={current}>{lineOf(current, title)}</option>}
          {rows.map((row) => (
            <option key={row.key} value={row.key}>
              {lineOf(row.key, asText(row.label) ?? asText(row.displayName) ?? asText(row.derivedTitle))}
            </option>
          ))}
        </select>
      </label>
      <button type="button" onClick={begin}>
        {say('newSession')}
      </button>
    </>
  );
}

const lineOf = (key: string, title: string | undefined): string =>
  title === undefined ? oneLine(key) : `${oneLine(title).slice(0, TITLE_CHARS)} — ${oneLine(key)}`;

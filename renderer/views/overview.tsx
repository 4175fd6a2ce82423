import { MenuEntries } from '../components/menu-entries.tsx';
import { useSay, useView } from '../state.ts';
import { shellMessages } from '../words/shell-messages.ts';

/** How the gateway is, and everything that the tray offers. */
export function Overview() {
  const { status, details, command, entries } = useView();
  const say = useSay(shellMessages);
  return (
    <>
      <header className="status">
        <h1 aria-live="polite">{status}</h1>
        {details.map((text) => (
          <p key={text}>{text}</p>
        ))}
        {command === undefined ? null : <code className="command">{command}</code>}
      </header>
      <section aria-label={say('actions')}>
        {/* The first line of the menu is the heading already, and the window is open. */}
        <MenuEntries
          entries={entries.slice(1).filter((one) => one.kind !== 'action' || one.action.do !== 'openWindow')}
        />
      </section>
    </>
  );
}

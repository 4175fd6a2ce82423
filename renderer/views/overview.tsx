import { useContext } from 'react';
import { plainText } from '../../core/messages/plain-text.ts';
import { Figures } from '../components/figures.tsx';
import { MenuEntries } from '../components/menu-entries.tsx';
import { sectionsOf } from '../components/menu-sections.ts';
import { Reach } from '../components/reach.tsx';
import { Unbroken } from '../components/unbroken.tsx';
import { Layers, Troubles, useVerdict } from '../components/verdict.tsx';
import { lasting } from '../formats.ts';
import { SamplesContext } from '../samples.ts';
import { useSay, useView } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';
import { shellMessages } from '../words/shell-messages.ts';
import './overview.css';

/** Characters that still are a heading. */
const LONG = 90;

/** How the gateway is, everything that the tray offers, who can reach it, and how it does. */
export function Overview() {
  const { status, details, entries, tone } = useView();
  const { verdict, lookAgain } = useVerdict();
  const say = useSay(overviewMessages);
  const shell = useSay(shellMessages);
  // The first line of the menu is the heading already, and the window is open.
  const offered = entries.slice(1).filter((one) => one.kind !== 'action' || one.action.do !== 'openWindow');
  const { texts, actions, groups, settings } = sectionsOf(offered);
  return (
    <div className="overview">
      <header className="status">
        <h1 aria-live="polite" className={status.length > LONG ? 'long' : undefined}>
          {status}
        </h1>
        <Unbroken>
          <Running />
        </Unbroken>
        {(tone === 'ok' ? details.slice(0, 1) : []).map((text) => (
          <p key={text}>{text}</p>
        ))}
        <p className="quiet facts">
          {texts.map((text) => (
            <span key={text}>{text}</span>
          ))}
        </p>
        {verdict && <Troubles verdict={verdict} />}
      </header>
      <section className="actions" aria-label={shell('actions')}>
        <MenuEntries entries={actions} />
        <MenuEntries entries={groups} />
      </section>
      {verdict && verdict.layers.length > 0 && <Layers verdict={verdict} lookAgain={lookAgain} />}
      <Unbroken>
        <Reach />
      </Unbroken>
      <Unbroken>
        <Figures />
      </Unbroken>
      <section className="settings" aria-labelledby="settings">
        <h2 id="settings">{say('settings')}</h2>
        <MenuEntries entries={settings} />
      </section>
    </div>
  );
}

function Running() {
  const say = useSay(overviewMessages);
  const { language } = useView();
  const { status } = useContext(SamplesContext);
  if (!status) return null;
  const { runtimeVersion: version, uptimeMs } = status;
  const told = [
    say('version', { version: plainText(version, 40) }),
    uptimeMs === undefined ? '' : say('uptime', { time: lasting(uptimeMs, language) }),
  ];
  return <p>{told.filter(Boolean).join(' · ')}</p>;
}

import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { View } from '../main/bridge/contract.ts';
import { ask } from './bridge.ts';
import { Prompts } from './components/prompts.tsx';
import { useBridgeEvent, useSay, ViewContext } from './state.ts';
import { Overview } from './views/overview.tsx';
import { shellMessages } from './words/shell-messages.ts';

/** The views, in the order of the navigation; the name is also the part of the address behind `#`. */
const VIEWS = {
  overview: Overview,
  connections: lazy(() => import('./views/connections.tsx').then((view) => ({ default: view.Connections }))),
};
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

/** The app asks for a view by its name. */
const goTo = (name: string): void => {
  window.location.hash = name;
};

/** What stands behind `?` is the view's own. */
function nameInAddress(): ViewName {
  const [name] = window.location.hash.slice(1).split('?');
  return NAMES.find((one) => one === name) ?? 'overview';
}

const openLink = ({ url }: { url: string }): void => {
  window.location.hash = `connections?add=${encodeURIComponent(url)}`;
};

/** Nothing is shown before the app has said what there is: in which language, among others. */
export function App() {
  const [view, setView] = useState<View>();
  useBridgeEvent('view', setView);
  useBridgeEvent('navigate', goTo);
  useBridgeEvent('deepLink', openLink);
  useEffect(() => void ask('view.get', undefined).then(setView), []);
  const language = view?.language;
  useEffect(() => {
    if (language) document.documentElement.lang = language;
  }, [language]);
  return view ? (
    <ViewContext value={view}>
      <Shell tone={view.tone} />
      <Prompts />
    </ViewContext>
  ) : null;
}

function Shell({ tone }: { tone: string }) {
  const say = useSay(shellMessages);
  const [name, setName] = useState(nameInAddress);
  const follow = useCallback(() => setName(nameInAddress()), []);
  useEffect(() => {
    window.addEventListener('hashchange', follow);
    return () => window.removeEventListener('hashchange', follow);
  }, [follow]);
  const Current = VIEWS[name];
  return (
    <div className="shell" data-tone={tone}>
      <nav aria-label={say('navigation')}>
        <ul>
          {NAMES.map((each) => (
            <li key={each}>
              <a href={`#${each}`} aria-current={each === name ? 'page' : undefined}>
                {say(each)}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main>
        <Suspense>
          <Current />
        </Suspense>
      </main>
    </div>
  );
}

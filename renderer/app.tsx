import { lazy, Suspense, useEffect, useState } from 'react';
import type { View } from '../main/bridge/contract.ts';
import { useAddress } from './address.ts';
import { ask } from './bridge.ts';
import { useBridgeEvent, useSay, ViewContext } from './state.ts';
import { Overview } from './views/overview.tsx';
import { shellMessages } from './words/shell-messages.ts';

/** The views, in the order of the navigation; the name is also the part of the address behind `#`. */
const VIEWS = {
  overview: Overview,
  chat: lazy(() => import('./views/chat.tsx').then(({ Chat }) => ({ default: Chat }))),
  logs: lazy(() => import('./views/logs.tsx').then(({ Logs }) => ({ default: Logs }))),
};
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

/** Nothing is shown before the app has said what there is: in which language, among others. */
export function App() {
  const [view, setView] = useState<View>();
  useBridgeEvent('view', setView);
  useEffect(() => void ask('view.get', undefined).then(setView), []);
  const language = view?.language;
  useEffect(() => {
    if (language) document.documentElement.lang = language;
  }, [language]);
  return view ? (
    <ViewContext value={view}>
      <Shell tone={view.tone} />
    </ViewContext>
  ) : null;
}

function Shell({ tone }: { tone: string }) {
  const say = useSay(shellMessages);
  const { view } = useAddress();
  const name = NAMES.find((one) => one === view) ?? 'overview';
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

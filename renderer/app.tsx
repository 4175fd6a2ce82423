import { lazy, Suspense, useCallback, useEffect, useState } from 'react';
import type { View } from '../main/bridge/contract.ts';
import { ask } from './bridge.ts';
import { useBridgeEvent, useSay, ViewContext } from './state.ts';
import { Overview } from './views/overview.tsx';
import { shellMessages } from './words/shell-messages.ts';

/** The views, in the order of the navigation; the name is also the part of the address behind `#`. */
const VIEWS = {
  overview: Overview,
  config: lazy(() => import('./views/config.tsx').then(({ Config }) => ({ default: Config }))),
  diagnostics: lazy(() =>
    import('./views/diagnostics.tsx').then(({ Diagnostics }) => ({ default: Diagnostics })),
  ),
};
const FirstRun = lazy(() => import('./views/first-run.tsx').then((module) => ({ default: module.FirstRun })));
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

const nameInAddress = (): ViewName => NAMES.find((name) => window.location.hash === `#${name}`) ?? 'overview';

const goTo = (name: string): void => {
  window.location.hash = `#${name}`;
};

/** Nothing is shown before the app has said what there is: in which language, among others. */
export function App() {
  const [view, setView] = useState<View>();
  useBridgeEvent('view', setView);
  useEffect(() => void ask('view.get', undefined).then(setView), []);
  const [isFirst, setFirst] = useState<boolean>();
  useEffect(
    () =>
      void ask('firstRun.get', undefined).then(
        (answer) => setFirst(answer.isFirst),
        () => setFirst(false),
      ),
    [],
  );
  const language = view?.language;
  useEffect(() => {
    if (language) document.documentElement.lang = language;
  }, [language]);
  return view && isFirst !== undefined ? (
    <ViewContext value={view}>
      <Suspense>
        {isFirst ? <FirstRun onDone={() => setFirst(false)} /> : <Shell tone={view.tone} />}
      </Suspense>
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
  useBridgeEvent('navigate', goTo);
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

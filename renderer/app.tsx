import { lazy, Suspense, useEffect, useState } from 'react';
import type { BridgeResult, View } from '../main/bridge/contract.ts';
import { useAddress } from './address.ts';
import { ask, follow } from './bridge.ts';
import { Prompts } from './components/prompts.tsx';
import { Unbroken } from './components/unbroken.tsx';
import { SamplesContext, useSampling } from './samples.ts';
import { useBridgeEvent, useSay, ViewContext } from './state.ts';
import { Overview } from './views/overview.tsx';
import { shellMessages } from './words/shell-messages.ts';

/** The views, in the order of the navigation; the name is also the part of the address behind `#`. */
const VIEWS = {
  overview: Overview,
  connections: lazy(() => import('./views/connections.tsx').then((view) => ({ default: view.Connections }))),
  pairing: lazy(() => import('./views/pairing.tsx').then(({ Pairing }) => ({ default: Pairing }))),
  chat: lazy(() => import('./views/chat.tsx').then(({ Chat }) => ({ default: Chat }))),
  sessions: lazy(() => import('./views/sessions.tsx').then(({ Sessions }) => ({ default: Sessions }))),
  logs: lazy(() => import('./views/logs.tsx').then(({ Logs }) => ({ default: Logs }))),
  config: lazy(() => import('./views/config.tsx').then(({ Config }) => ({ default: Config }))),
  diagnostics: lazy(() =>
    import('./views/diagnostics.tsx').then(({ Diagnostics }) => ({ default: Diagnostics })),
  ),
  about: lazy(() => import('./views/about.tsx').then(({ About }) => ({ default: About }))),
};
const FirstRun = lazy(() => import('./views/first-run.tsx').then((module) => ({ default: module.FirstRun })));
type ViewName = keyof typeof VIEWS;
const NAMES = Object.keys(VIEWS) as ViewName[];

/** The app asks for a view by its name. */
const goTo = (name: string): void => {
  window.location.hash = name;
};

/** Ctrl or Cmd with a figure leads to a view, in the order of the navigation. */
function goByKey({ ctrlKey, metaKey, altKey, shiftKey, key }: KeyboardEvent): void {
  const name = NAMES[Number(key) - 1];
  if ((ctrlKey || metaKey) && !altKey && !shiftKey && name) window.location.hash = name;
}

const BEGUN = { isFirst: false, canInstallCommand: false };

/** Nothing is shown before the app has said what there is: in which language, among others. */
export function App() {
  const [view, setView] = useState<View>();
  useBridgeEvent('navigate', goTo);
  useEffect(() => follow('view', () => ask('view.get', undefined), setView), []);
  const [first, setFirst] = useState<BridgeResult<'firstRun.get'>>();
  useEffect(() => void ask('firstRun.get', undefined).then(setFirst, () => setFirst(BEGUN)), []);
  const language = view?.language;
  useEffect(() => {
    if (language) document.documentElement.lang = language;
  }, [language]);
  return view && first ? (
    <ViewContext value={view}>
      <Suspense>
        {first.isFirst ? (
          <FirstRun canInstallCommand={first.canInstallCommand} onDone={() => setFirst(BEGUN)} />
        ) : (
          <Shell tone={view.tone} />
        )}
      </Suspense>
      <Prompts />
    </ViewContext>
  ) : null;
}

function Shell({ tone }: { tone: string }) {
  const say = useSay(shellMessages);
  const { view } = useAddress();
  const name = NAMES.find((one) => one === view) ?? 'overview';
  useEffect(() => {
    window.addEventListener('keydown', goByKey);
    return () => window.removeEventListener('keydown', goByKey);
  }, []);
  const samples = useSampling();
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
      {/* Another view begins at its top. */}
      <main key={name}>
        <SamplesContext value={samples}>
          <Unbroken>
            <Suspense fallback={null}>
              <Current />
            </Suspense>
          </Unbroken>
        </SamplesContext>
      </main>
    </div>
  );
}

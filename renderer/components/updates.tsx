import { useCallback, useEffect, useState } from 'react';
import type { BridgeResult, MenuEntry } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { useBridgeEvent, useSay, useView } from '../state.ts';
import { aboutMessages } from '../words/about-messages.ts';
import { MenuEntries } from './menu-entries.tsx';

type State = BridgeResult<'updates.get'>;

/** What is known of updates, and the entries of the menu that are about them. */
export function Updates() {
  const say = useSay(aboutMessages);
  const { language, entries } = useView();
  const [state, setState] = useState<State>();
  // The words come in the language of the app.
  const look = useCallback(() => {
    void language;
    ask('updates.get', undefined).then(setState, () => setState(undefined));
  }, [language]);
  useEffect(look, [look]);
  useBridgeEvent('updates', look);
  if (!state) return null;
  const isLooking = state.kind === 'checking' || state.kind === 'installing';
  return (
    <section aria-labelledby="updates">
      <h2 id="updates">{say('updates')}</h2>
      <p aria-live="polite">
        {toldOf(state, say)} {state.code ? <code>{state.code}</code> : null}
      </p>
      {state.kind === 'off' || isLooking ? null : <MenuEntries entries={entries.filter(isAboutUpdates)} />}
    </section>
  );
}

const isAboutUpdates = (entry: MenuEntry): boolean =>
  (entry.kind === 'action' && entry.action.do === 'checkForUpdates') ||
  (entry.kind === 'choice' && entry.action.do === 'setLooksForUpdates');

function toldOf(
  { kind, text = '', version = '' }: State,
  say: ReturnType<(typeof aboutMessages)['in']>,
): string {
  if (kind === 'off' || kind === 'failed') return text;
  return kind === 'available' || kind === 'installing' ? say(kind, { version }) : say(kind);
}

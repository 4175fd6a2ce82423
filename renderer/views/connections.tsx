import { useCallback, useEffect, useState } from 'react';
import type { Destination, Connections as State } from '../../main/bridge/contract.ts';
import { ask, follow } from '../bridge.ts';
import { useAddressQuery } from '../components/address-query.ts';
import { ConfigConsent } from '../components/config-consent.tsx';
import { ConnectionList } from '../components/connection-list.tsx';
import { CurrentConnection } from '../components/current-connection.tsx';
import { DirectForm, SshForm } from '../components/destination-forms.tsx';
import { LinkEditor, RefusedLink } from '../components/link-editor.tsx';
import { Picker } from '../components/picker.tsx';
import { Failure, useTask } from '../components/task.tsx';
import { useSay } from '../state.ts';
import { connectionsMessages } from '../words/connections-messages.ts';
import { pickerMessages } from '../words/picker-messages.ts';
import './connections.css';

/** What can be done with a gateway elsewhere. `open` is the one way to go to it. */
export interface ConnectionActs {
  open(destination: Destination): void;
  save(destination: Destination, name?: string): void;
  forget(destination: Destination): void;
  forCommands(destination: Destination): void;
  isBusy: boolean;
}

/** Which gateway the app is about, others that are known, and how to reach one more. */
export function Connections() {
  const say = useSay(connectionsMessages);
  const sayPicker = useSay(pickerMessages);
  const [state, setState] = useState<State>();
  const [wanted, setWanted] = useState<Destination>();
  const [note, setNote] = useState('');
  const [draft, setDraft] = useState<Destination>();
  const task = useTask();
  useEffect(() => follow('connections', () => ask('connections.get', undefined), setState), []);
  const closeConsent = useCallback((text: string) => {
    setWanted(undefined);
    setNote(text);
  }, []);
  if (!state) return null;
  const run = (work: () => Promise<unknown>, text: string): void =>
    task.run(async () => {
      setNote('');
      await work();
      setNote(text);
    });
  const acts: ConnectionActs = {
    open: (destination) => run(() => ask('connections.open', { destination }), ''),
    save: (destination, name) =>
      run(() => ask('connections.save', { destination, ...(name ? { name } : {}) }), say('done')),
    forget: (destination) => run(() => ask('connections.forget', { destination }), say('forgotten')),
    forCommands: setWanted,
    isBusy: task.isBusy,
  };
  return (
    <div className="connections">
      <h1>{say('title')}</h1>
      <p role="status" className="quiet">
        {note}
      </p>
      <Failure error={task.error} />
      <CurrentConnection current={state.current} acts={acts} />
      {wanted ? (
        <ConfigConsent key={JSON.stringify(wanted)} destination={wanted} close={closeConsent} />
      ) : null}
      <p>
        <a className="button" href="#connections?pick">
          {sayPicker('open')}
        </a>
      </p>
      <ConnectionList list={state.list} offered={state.offered} acts={acts} />
      <div className="forms" key={JSON.stringify(draft)}>
        <SshForm
          acts={acts}
          initial={draft?.kind === 'ssh' ? draft : undefined}
          begins={draft?.kind === 'ssh'}
        />
        <DirectForm
          acts={acts}
          initial={draft?.kind === 'direct' ? draft : undefined}
          begins={draft?.kind === 'direct'}
        />
      </div>
      <AddressDialogs acts={acts} change={setDraft} />
    </div>
  );
}

/** What the address asks for: `?pick` to choose a gateway; `?add=` and an address, which came with a link, or `?refused`. */
function AddressDialogs({ acts, change }: { acts: ConnectionActs; change(destination: Destination): void }) {
  const { query, leave } = useAddressQuery();
  const url = query.get('add');
  const thenLeave =
    <Args extends unknown[]>(act: (...args: Args) => void) =>
    (...args: Args): void => {
      leave();
      act(...args);
    };
  /** A form takes the focus when the dialog is gone. */
  const changeThen = (destination: Destination): void => {
    window.addEventListener('hashchange', () => change(destination), { once: true });
    leave();
  };
  const leaving = { isBusy: acts.isBusy, open: thenLeave(acts.open), save: thenLeave(acts.save) };
  if (url) return <LinkEditor key={url} url={url} acts={leaving} close={leave} />;
  if (query.has('refused')) return <RefusedLink close={leave} />;
  return query.has('pick') ? <Picker open={leaving.open} change={changeThen} close={leave} /> : null;
}

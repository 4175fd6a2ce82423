import { useCallback, useEffect, useState } from 'react';
import type { Destination, Connections as State } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { ConfigConsent } from '../components/config-consent.tsx';
import { ConnectionList } from '../components/connection-list.tsx';
import { CurrentConnection } from '../components/current-connection.tsx';
import { DirectForm, SshForm } from '../components/destination-forms.tsx';
import { Failure, useTask } from '../components/task.tsx';
import { useBridgeEvent, useSay } from '../state.ts';
import { connectionsMessages } from '../words/connections-messages.ts';
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
  const [state, setState] = useState<State>();
  const [wanted, setWanted] = useState<Destination>();
  const [note, setNote] = useState('');
  const task = useTask();
  useBridgeEvent('connections', setState);
  useEffect(() => void ask('connections.get', undefined).then(setState, () => undefined), []);
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
      <ConnectionList list={state.list} offered={state.offered} acts={acts} />
      <div className="forms">
        <SshForm acts={acts} />
        <DirectForm acts={acts} />
      </div>
    </div>
  );
}

import { useState } from 'react';
import type { Connections } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { runAction, useSay, useView } from '../state.ts';
import type { ConnectionActs } from '../views/connections.tsx';
import { connectionsMessages } from '../words/connections-messages.ts';
import { destinationId } from './connection-list.tsx';
import { CopyButton } from './copy-button.tsx';

type Current = Connections['current'];

/** That of this computer is as well as the gateway is. */
const TONES: Readonly<Partial<Record<Current['state'], string>>> = {
  connecting: 'warn',
  connected: 'ok',
  reconnecting: 'warn',
  approval: 'warn',
  disconnected: 'idle',
  trouble: 'error',
};

/** How the current connection is, and what there is to do about it. */
export function CurrentConnection({ current, acts }: { current: Current; acts: ConnectionActs }) {
  const say = useSay(connectionsMessages);
  const { status, details, command, tone } = useView();
  const { state, label, localUrl } = current;
  const isLocal = state === 'local';
  return (
    <section className="card" aria-labelledby="current-connection" data-tone={TONES[state] ?? tone}>
      <h2 id="current-connection">{say('current')}</h2>
      <p className="place">
        <strong>{isLocal ? say('thisComputer') : label}</strong>{' '}
        {isLocal ? null : <span className="badge">{say(`state.${state}`)}</span>}
      </p>
      <p aria-live="polite" className="status-text">
        {status}
      </p>
      {details
        .filter((text) => localUrl === undefined || !text.includes(localUrl))
        .map((text) => (
          <p key={text} className="quiet status-text">
            {text}
          </p>
        ))}
      {command === undefined ? null : (
        <div className="with-copy">
          <code className="command">{command}</code>
          <CopyButton text={command} what={say('command')} />
        </div>
      )}
      <Facts current={current} />
      {isLocal ? null : <Buttons current={current} acts={acts} />}
    </section>
  );
}

function Buttons({ current, acts }: { current: Current; acts: ConnectionActs }) {
  const say = useSay(connectionsMessages);
  const { state } = current;
  const canConnect = state === 'disconnected' || state === 'trouble';
  return (
    <p className="buttons">
      {canConnect ? (
        <button type="button" className="primary" onClick={() => runAction({ do: 'connect' })}>
          {say('again')}
        </button>
      ) : null}
      {state === 'disconnected' ? null : (
        <button type="button" onClick={() => runAction({ do: 'disconnect' })}>
          {say('disconnect')}
        </button>
      )}
      <button type="button" onClick={() => acts.open({ kind: 'local' })}>
        {say('useLocal')}
      </button>
    </p>
  );
}

function Facts({ current: { destination, localUrl, gatewayId, code } }: { current: Current }) {
  const say = useSay(connectionsMessages);
  if (!localUrl && !gatewayId && !code) return null;
  return (
    <dl>
      {localUrl ? (
        <>
          <dt>{say('localUrl')}</dt>
          <dd>
            <code>{localUrl}</code> <CopyUrl key={destinationId(destination)} />
            <p className="quiet">{say('localUrlHint')}</p>
          </dd>
        </>
      ) : null}
      {gatewayId ? (
        <>
          <dt>{say('gatewayId')}</dt>
          <dd>
            <code>{gatewayId}</code>
          </dd>
        </>
      ) : null}
      {code ? (
        <>
          <dt>{say('code')}</dt>
          <dd>
            <code>{code}</code>
          </dd>
        </>
      ) : null}
    </dl>
  );
}

function CopyUrl() {
  const say = useSay(connectionsMessages);
  const [isCopied, setCopied] = useState(false);
  const copy = (): void =>
    void ask('action.run', { do: 'copyUrl' }).then(
      ({ done }) => setCopied(done),
      () => undefined,
    );
  return (
    <>
      <button type="button" className="small" onClick={copy}>
        {say('copy')}
      </button>
      <span role="status" className="quiet">
        {isCopied ? say('copied') : ''}
      </span>
    </>
  );
}

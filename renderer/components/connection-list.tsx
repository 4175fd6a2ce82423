import type { Destination, KnownConnection } from '../../main/bridge/contract.ts';
import { useSay, useView } from '../state.ts';
import type { ConnectionActs } from '../views/connections.tsx';
import { connectionsMessages } from '../words/connections-messages.ts';

/** Tells destinations apart in a list. */
export const destinationId = (destination: Destination): string => JSON.stringify(destination);

interface Props {
  list: readonly KnownConnection[];
  /** What the configuration names and nobody has used yet. */
  offered: Destination | undefined;
  acts: ConnectionActs;
}

/** Gateways that were saved or used, and the one that the configuration offers. */
export function ConnectionList({ list, offered, acts }: Props) {
  const say = useSay(connectionsMessages);
  return (
    <section aria-labelledby="known-connections">
      <h2 id="known-connections">{say('known')}</h2>
      {offered ? <Offer destination={offered} acts={acts} /> : null}
      {list.length === 0 && !offered ? <p className="quiet">{say('none')}</p> : null}
      <ul className="rows">
        {list.map((one) => (
          <Row key={destinationId(one.destination)} row={one} acts={acts} />
        ))}
      </ul>
    </section>
  );
}

function Offer({ destination, acts }: { destination: Destination; acts: ConnectionActs }) {
  const say = useSay(connectionsMessages);
  if (destination.kind === 'local') return null;
  const label = destination.kind === 'ssh' ? destination.target : destination.url;
  return (
    <div className="row offer">
      <p>
        <strong>{label}</strong>
        <span className="quiet"> {say('offered')}</span>
      </p>
      <button
        type="button"
        className="small"
        disabled={acts.isBusy}
        aria-label={say('connectTo', { label })}
        onClick={() => acts.open(destination)}
      >
        {say('connect')}
      </button>
    </div>
  );
}

function Row({ row, acts }: { row: KnownConnection; acts: ConnectionActs }) {
  const { destination, label, name, isCurrent, isSaved } = row;
  const say = useSay(connectionsMessages);
  const shown = name ?? label;
  const buttons: [text: string, name: string, act: () => void][] = [
    ...(isCurrent
      ? []
      : [
          [say('connect'), say('connectTo', { label: shown }), () => acts.open(destination)] as [
            string,
            string,
            () => void,
          ],
        ]),
    ...(isSaved
      ? []
      : [
          [say('save'), say('saveOf', { label: shown }), () => acts.save(destination)] as [
            string,
            string,
            () => void,
          ],
        ]),
    [say('useForCommands'), say('useForCommandsOf', { label: shown }), () => acts.forCommands(destination)],
    [say('forget'), say('forgetOf', { label: shown }), () => acts.forget(destination)],
  ];
  return (
    <li className="row">
      <div>
        <p>
          <strong>{shown}</strong> <Marks row={row} />
        </p>
        <Details row={row} />
      </div>
      <div className="buttons">
        {buttons.map(([text, longName, act]) => (
          <button
            key={text}
            type="button"
            className="small"
            disabled={acts.isBusy}
            aria-label={longName}
            onClick={act}
          >
            {text}
          </button>
        ))}
      </div>
    </li>
  );
}

function Marks({ row: { destination, isCurrent, isSaved } }: { row: KnownConnection }) {
  const say = useSay(connectionsMessages);
  const marks = [
    destination.kind === 'ssh' ? say('viaSsh') : say('direct'),
    ...(isSaved ? [say('isSaved')] : []),
    ...(isCurrent ? [say('isCurrent')] : []),
  ];
  return marks.map((text) => (
    <span key={text} className="badge">
      {text}
    </span>
  ));
}

function Details({ row: { label, name, lastUsedAtMs, localUrl } }: { row: KnownConnection }) {
  const say = useSay(connectionsMessages);
  const { language } = useView();
  const date =
    lastUsedAtMs === undefined
      ? undefined
      : new Date(lastUsedAtMs).toLocaleString(language, { dateStyle: 'medium', timeStyle: 'short' });
  const parts = [
    ...(name === undefined ? [] : [label]),
    ...(localUrl === undefined ? [] : [localUrl]),
    ...(date === undefined ? [] : [say('lastUsed', { date })]),
  ];
  return <p className="quiet">{parts.join(' · ')}</p>;
}

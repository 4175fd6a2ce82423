import { useEffect, useRef } from 'react';
import type { Destination, PickerRow } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { pickerMessages } from '../words/picker-messages.ts';

interface Props {
  row: PickerRow;
  titleId: string;
  /** Goes there. */
  open(destination: Destination): void;
  /** Lets it be changed in a form first. */
  change(destination: Destination): void;
  back(): void;
}

const WAYS = { ssh: 'overSsh', direct: 'directly', local: 'useLocal' } as const;

/** Asks whether to go to the gateway that was chosen, and how; "back" is what Enter does. */
export function PickerChoice({ row, titleId, open, change, back }: Props) {
  const say = useSay(pickerMessages);
  const first = useRef<HTMLButtonElement>(null);
  useEffect(() => first.current?.focus(), []);
  const [way] = row.ways;
  return (
    <>
      <h2 id={titleId}>{say('question', { name: `“\u2068${row.name}\u2069”` })}</h2>
      <Facts row={row} />
      <footer>
        {row.ways.map((one) => (
          <button key={one.kind} type="button" onClick={() => open(one)}>
            {say(WAYS[one.kind])}
          </button>
        ))}
        {way && way.kind !== 'local' ? (
          <button type="button" onClick={() => change(way)}>
            {say('change')}
          </button>
        ) : null}
        <button type="button" className="primary" ref={first} onClick={back}>
          {say('back')}
        </button>
      </footer>
    </>
  );
}

const isReadable = (way: Destination): boolean => way.kind === 'direct' && way.url.startsWith('ws://');

function Facts({ row: { address, sources, trust, marks, heard, ways } }: { row: PickerRow }) {
  const say = useSay(pickerMessages);
  const isAnnounced = sources.every((source) => source === 'lan' || source === 'wide-area');
  const cautions = [...marks, ...(heard === 'gone' ? (['gone'] as const) : [])];
  return (
    <>
      <dl>
        <dt>{say('address')}</dt>
        <dd>
          <code>{address}</code>
        </dd>
        <dt>{say('sources')}</dt>
        <dd>{sources.map((source) => say(`source.${source}`)).join(', ')}</dd>
        <dt>{say('trust')}</dt>
        <dd>{trust.length === 0 ? say('trust.none') : trust.map((one) => say(`trust.${one}`)).join(', ')}</dd>
      </dl>
      {cautions.map((caution) => (
        <p key={caution} className="caution">
          ⚠ {say(`caution.${caution}`)}
        </p>
      ))}
      {ways.length === 0 ? <p>{say('noWay')}</p> : null}
      {isAnnounced ? (
        <p>
          {say('announced')} {say('nothingSent')}
        </p>
      ) : null}
      {ways.some(isReadable) ? <p className="quiet">{say('unencrypted')}</p> : null}
    </>
  );
}

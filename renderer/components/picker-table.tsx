import type { KeyboardEvent } from 'react';
import type { PickerRow } from '../../main/bridge/contract.ts';
import { useSay, useView } from '../state.ts';
import { pickerMessages } from '../words/picker-messages.ts';
import { ago, useNow } from './picker-search.ts';

interface Props {
  label: string;
  rows: readonly PickerRow[];
  choose(row: PickerRow): void;
}

const STEPS: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1 };

export const rowButtonId = (id: string): string => `picker ${id}`;

/** The arrow keys go from row to row, besides the tabulator. */
function walk(event: KeyboardEvent<HTMLTableElement>): void {
  const step = STEPS[event.key];
  if (step === undefined) return;
  const buttons = [...event.currentTarget.querySelectorAll('button')];
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}

/** Gateways to choose from; what comes later is added at the end. */
export function PickerTable({ label, rows, choose }: Props) {
  const say = useSay(pickerMessages);
  return (
    <table aria-label={label} onKeyDown={walk}>
      <thead>
        <tr>
          <th scope="col">{say('name')}</th>
          <th scope="col">{say('trust')}</th>
          <th scope="col">{say('seen')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Row key={row.id} row={row} choose={choose} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, choose }: { row: PickerRow; choose: Props['choose'] }) {
  const say = useSay(pickerMessages);
  const { name, address, trust, isCurrent } = row;
  const isLocal = row.ways[0]?.kind === 'local';
  return (
    <tr className={row.heard === 'gone' ? 'gone' : undefined}>
      <th scope="row">
        <button type="button" id={rowButtonId(row.id)} className="link" onClick={() => choose(row)}>
          <bdi>{name}</bdi>
        </button>
        {row.sources.map((source) => (
          <span key={source} className="badge">
            {say(`source.${source}`)}
          </span>
        ))}
        {isLocal ? <span className="badge">{say('thisComputer')}</span> : null}
        {isCurrent ? <span className="badge">{say('current')}</span> : null}
        {row.marks.map((mark) => (
          <span key={mark} className="badge mark">
            ⚠ {say(`mark.${mark}`)}
          </span>
        ))}
        {address === name ? null : <span className="address">{address}</span>}
      </th>
      <td className={trust.length === 0 ? 'quiet' : undefined}>
        {trust.length === 0
          ? say('trust.none')
          : trust.map((one) => <div key={one}>{say(`trust.${one}`)}</div>)}
      </td>
      <td>
        <LatencyText row={row} />
        <Seen row={row} />
      </td>
    </tr>
  );
}

function LatencyText({ row: { latency } }: { row: PickerRow }) {
  const say = useSay(pickerMessages);
  const { state, ms = 0 } = latency;
  return state === 'measured' ? (
    <div>{say('latency.measured', { ms })}</div>
  ) : (
    <div className="quiet">{say(`latency.${state}`)}</div>
  );
}

function Seen({ row: { heard, lastSeenAtMs } }: { row: PickerRow }) {
  const say = useSay(pickerMessages);
  const { language } = useView();
  const now = useNow();
  if (heard === 'now') return <div className="quiet">{say('now')}</div>;
  if (lastSeenAtMs === undefined) return null;
  const time = ago(lastSeenAtMs, now, language);
  return (
    <div className="quiet">{heard === 'gone' ? say('gone', { ago: time }) : say('used', { ago: time })}</div>
  );
}

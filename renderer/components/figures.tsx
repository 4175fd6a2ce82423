import { useContext, useMemo } from 'react';
import { decimal, megabytes } from '../formats.ts';
import { type Measure, rangeOf, type Sample } from '../sample-ring.ts';
import { SamplesContext } from '../samples.ts';
import { useSay, useView } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';
import { Chart } from './chart.tsx';

/** Each with how its values are shown, and how many digits behind the point. */
const MEASURES: readonly { measure: Measure; shown(value: number): number; digits: number }[] = [
  { measure: 'connections', shown: (value) => value, digits: 0 },
  { measure: 'answerMs', shown: (value) => value, digits: 1 },
  { measure: 'loopDelayMs', shown: (value) => value, digits: 1 },
  { measure: 'memoryBytes', shown: megabytes, digits: 0 },
];

/** How the gateway does, drawn and in figures. */
export function Figures() {
  const say = useSay(overviewMessages);
  const { language } = useView();
  const { list } = useContext(SamplesContext);
  if (list.every(({ answerMs }) => answerMs === null)) return null;
  const rows = MEASURES.map(({ measure, shown, digits }) => {
    const text = (value: number | null): string =>
      value === null ? say('unknownValue') : decimal(shown(value), language, digits);
    const { now, lowest, highest } = rangeOf(list, measure);
    return { measure, shown, values: { now: text(now), lowest: text(lowest), highest: text(highest) } };
  });
  return (
    <section aria-labelledby="figures">
      <h2 id="figures">{say('figures')}</h2>
      <p className="quiet">{say('figuresHint')}</p>
      <div className="charts">
        {rows.map(({ measure, shown, values }) => (
          <figure key={measure}>
            <figcaption>
              {say(measure)} <strong>{values.now}</strong>
            </figcaption>
            <Line
              label={say('chart', { measure: say(measure), ...values })}
              list={list}
              measure={measure}
              shown={shown}
            />
          </figure>
        ))}
      </div>
      <FigureTable rows={rows} />
    </section>
  );
}

interface LineProps {
  label: string;
  list: readonly Sample[];
  measure: Measure;
  shown(value: number): number;
}

function Line({ label, list, measure, shown }: LineProps) {
  const { language } = useView();
  const points = useMemo(() => {
    const values = list.map((sample) => {
      const value = sample[measure];
      return value === null ? null : shown(value);
    });
    return [list.map(({ at }) => at / 1000), values] as const;
  }, [list, measure, shown]);
  const isWhole = measure === 'connections';
  return (
    <Chart label={label} points={points} isWhole={isWhole} format={(value) => decimal(value, language)} />
  );
}

interface Row {
  measure: Measure;
  values: { now: string; lowest: string; highest: string };
}

function FigureTable({ rows }: { rows: readonly Row[] }) {
  const say = useSay(overviewMessages);
  return (
    <table className="figures">
      <thead>
        <tr>
          {(['measure', 'now', 'lowest', 'highest'] as const).map((name) => (
            <th key={name} scope="col">
              {say(name)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ measure, values }) => (
          <tr key={measure}>
            <th scope="row">{say(measure)}</th>
            <td>{values.now}</td>
            <td>{values.lowest}</td>
            <td>{values.highest}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

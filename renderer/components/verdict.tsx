import { useCallback, useEffect, useState } from 'react';
import type { VerdictView } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { decimal } from '../formats.ts';
import { useBridgeEvent, useSay, useView } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';
import { CopyButton } from './copy-button.tsx';

type Layer = VerdictView['layers'][number];

/** The last judgement on the gateway, and how to have it looked at again. */
export function useVerdict(): { verdict: VerdictView | undefined; lookAgain(): void } {
  const [verdict, setVerdict] = useState<VerdictView>();
  const look = useCallback((fresh: boolean): void => {
    ask('verdict.get', { fresh }).then(setVerdict, () => setVerdict(undefined));
  }, []);
  useEffect(() => look(false), [look]);
  useBridgeEvent(
    'view',
    useCallback(() => look(false), [look]),
  );
  return { verdict, lookAgain: () => look(true) };
}

/** Why the gateway cannot be used, who can mend it and how; and what is odd although it can. */
export function Troubles({ verdict }: { verdict: VerdictView }) {
  const { status } = useView();
  const { trouble, warnings } = verdict;
  return (
    <>
      {trouble && <Fix {...trouble} isStatus={trouble.problem === status} />}
      {warnings.map((warning) => (
        <Fix key={warning.code} {...warning} isStatus={false} />
      ))}
    </>
  );
}

/** Everything that was looked at, with how long each took. */
export function Layers({ verdict, lookAgain }: { verdict: VerdictView; lookAgain(): void }) {
  const say = useSay(overviewMessages);
  const { tone } = useView();
  return (
    <details className="layers" open={tone === 'error'}>
      <summary>{say('layers')}</summary>
      <Waterfall layers={verdict.layers} />
      <button type="button" onClick={lookAgain}>
        {say('lookAgain')}
      </button>
    </details>
  );
}

type FixProps = NonNullable<VerdictView['trouble']> & {
  /** The heading of the page says the problem already. */
  isStatus: boolean;
};

function Fix({ code, problem, fix, command, mender, layer, isStatus }: FixProps) {
  const say = useSay(overviewMessages);
  return (
    <div className="trouble">
      {!isStatus && <p>{problem}</p>}
      <p>{fix}</p>
      {command !== undefined && (
        <div className="with-copy">
          <code className="command">{command}</code>
          <CopyButton text={command} what={say('command')} />
        </div>
      )}
      <p className="quiet">
        {[layer && say('brokenAt', { layer }), say('whoCanFix', { who: mender })].filter(Boolean).join(' · ')}{' '}
        <code>{code}</code>
      </p>
    </div>
  );
}

function Waterfall({ layers }: { layers: readonly Layer[] }) {
  const say = useSay(overviewMessages);
  const { language } = useView();
  const end = Math.max(1, ...layers.map(({ startMs = 0, ms = 0 }) => startMs + ms));
  const share = (ms: number): string => `${(ms / end) * 100}%`;
  return (
    <div className="scroll">
      <table className="waterfall">
        <thead>
          <tr>
            <th scope="col">{say('layer')}</th>
            <th scope="col">{say('result')}</th>
            <th scope="col">{say('time')}</th>
          </tr>
        </thead>
        <tbody>
          {layers.map(({ name, state, note, startMs, ms }) => (
            <tr key={name} data-state={state}>
              <th scope="row">{name}</th>
              <td>
                <span className="mark">{say(state)}</span> <span className="quiet">{note}</span>
              </td>
              <td>
                {ms !== undefined && (
                  <span className="time">
                    <span className="track">
                      <span className="bar" style={{ left: share(startMs ?? 0), width: share(ms) }} />
                    </span>
                    <span className="quiet">{say('milliseconds', { count: decimal(ms, language) })}</span>
                  </span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

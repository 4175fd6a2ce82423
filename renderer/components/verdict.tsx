import { useCallback, useEffect, useState } from 'react';
import type { VerdictView } from '../../main/bridge/contract.ts';
import { ask } from '../bridge.ts';
import { decimal } from '../formats.ts';
import { useBridgeEvent, useSay, useView } from '../state.ts';
import { overviewMessages } from '../words/overview-messages.ts';
import { CopyButton } from './copy-button.tsx';

type Layer = VerdictView['layers'][number];

/** Why the gateway cannot be used, who can mend it and how; below, everything that was looked at. */
export function Verdict() {
  const say = useSay(overviewMessages);
  const { status } = useView();
  const [verdict, setVerdict] = useState<VerdictView>();
  const look = useCallback((fresh: boolean): void => {
    ask('verdict.get', { fresh }).then(setVerdict, () => setVerdict(undefined));
  }, []);
  useEffect(() => look(false), [look]);
  useBridgeEvent(
    'view',
    useCallback(() => look(false), [look]),
  );
  if (!verdict) return null;
  const { trouble, warnings, layers } = verdict;
  return (
    <>
      {trouble && <Fix {...trouble} isStatus={trouble.problem === status} />}
      {warnings.map((warning) => (
        <Fix key={warning.code} {...warning} isStatus={false} />
      ))}
      {layers.length > 0 && (
        <details className="layers" open={trouble !== undefined}>
          <summary>{say('layers')}</summary>
          <Waterfall layers={layers} />
          <button type="button" onClick={() => look(true)}>
            {say('lookAgain')}
          </button>
        </details>
      )}
    </>
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
                  <>
                    <span className="bar" style={{ marginLeft: share(startMs ?? 0), width: share(ms) }} />
                    <span className="quiet">{say('milliseconds', { count: decimal(ms, language) })}</span>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

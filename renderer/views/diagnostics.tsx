import { useCallback, useEffect, useState } from 'react';
import type { BridgeResult } from '../../main/bridge/contract.ts';
import { ask, type CallError } from '../bridge.ts';
import { Changes, FindingCard } from '../components/finding-card.tsx';
import { SupportBundle } from '../components/support-bundle.tsx';
import { useSay, useView } from '../state.ts';
import { diagnosticsMessages } from '../words/diagnostics-messages.ts';
import './diagnostics.css';

type Report = BridgeResult<'doctor.examine'>;

/** What is wrong with the gateway of this computer, what mends it, and what somebody who helps has to see. */
export function Diagnostics() {
  const say = useSay(diagnosticsMessages);
  const [error, setError] = useState<CallError>();
  return (
    <div className="diagnostics">
      <h1>{say('title')}</h1>
      {error ? (
        <p role="alert" className="problem">
          {say('failed', { reason: error.message, code: error.code })}
        </p>
      ) : null}
      <Doctor onError={setError} />
      <SupportBundle onError={setError} />
    </div>
  );
}

function Doctor({ onError }: { onError(error: CallError | undefined): void }) {
  const say = useSay(diagnosticsMessages);
  const { status } = useView();
  const [report, setReport] = useState<Report>();
  const [isBusy, setBusy] = useState(true);
  const [said, setSaid] = useState('');
  const work = useCallback(
    (asked: Promise<Report>, words?: () => string): void => {
      setBusy(true);
      onError(undefined);
      asked
        .then((next) => {
          setReport(next);
          if (words) setSaid(words());
        }, onError)
        .finally(() => setBusy(false));
    },
    [onError],
  );
  // A gateway that starts or ends changes what is wrong.
  useEffect(() => {
    if (status !== '') work(ask('doctor.examine', undefined));
  }, [work, status]);
  const fix = (id: string): void => {
    let isFixed = false;
    const asked = ask('doctor.fix', { id }).then((answer) => {
      isFixed = answer.isFixed;
      return answer.report;
    });
    work(asked, () => say(isFixed ? 'fixed' : 'notFixed'));
  };
  return (
    <section aria-labelledby="doctor-title" aria-busy={isBusy}>
      <h2 id="doctor-title">{say('examine')}</h2>
      <p role="status">{isBusy ? say('looking') : said}</p>
      {report?.findings.length === 0 ? <p className="healthy">✓ {say('healthy')}</p> : null}
      {report?.findings.map((finding) => (
        <FindingCard key={finding.id} finding={finding} isBusy={isBusy} onFix={() => fix(finding.id)} />
      ))}
      <button
        type="button"
        disabled={isBusy}
        onClick={() => work(ask('doctor.examine', undefined), () => '')}
      >
        {say('again')}
      </button>
      {report && report.undo.length > 0 ? (
        <Undo
          changes={report.undo}
          isBusy={isBusy}
          onUndo={() => work(ask('doctor.undo', undefined), () => say('undone'))}
        />
      ) : null}
    </section>
  );
}

function Undo({ changes, isBusy, onUndo }: { changes: Report['undo']; isBusy: boolean; onUndo(): void }) {
  const say = useSay(diagnosticsMessages);
  return (
    <details className="finding-undo">
      <summary>{say('undoTitle')}</summary>
      <Changes changes={changes} />
      <button type="button" disabled={isBusy} onClick={onUndo}>
        {say('undo')}
      </button>
    </details>
  );
}

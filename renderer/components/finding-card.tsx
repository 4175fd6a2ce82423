import { useEffect, useId, useRef, useState } from 'react';
import type { BridgeResult } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { diagnosticsMessages } from '../words/diagnostics-messages.ts';
import { DiffLines, markedLines } from './diff-view.tsx';

export type Finding = BridgeResult<'doctor.examine'>['findings'][number];
type Change = Finding['changes'][number];

/** One thing that is wrong, and what would mend it. */
export function FindingCard({
  finding,
  isBusy,
  onFix,
}: {
  finding: Finding;
  isBusy: boolean;
  onFix(): void;
}) {
  const say = useSay(diagnosticsMessages);
  const id = useId();
  const { code, layer, problem, fix, command, who, changes } = finding;
  return (
    <article className="finding" aria-labelledby={id}>
      <h3 id={id}>{say('headline', { layer, problem })}</h3>
      <p className="quiet">
        <code>{code}</code> · {say('who', { who })}
      </p>
      <p className="finding-fix">{say('fix', { text: changes.length > 0 ? closed(fix) : fix })}</p>
      {command === undefined || changes.length > 0 ? null : <code className="command">{command}</code>}
      {changes.length === 0 ? null : (
        <>
          <h4>{say('wouldChange')}</h4>
          <Changes changes={changes} />
          <Mend code={code} isBusy={isBusy} onFix={onFix} />
        </>
      )}
    </article>
  );
}

/** Where no command follows, the sentence ends. */
const closed = (fix: string): string => fix.replace(/:$/, '.').replace(/：$/, '。');

export function Changes({ changes }: { changes: readonly Change[] }) {
  return changes.map(({ text, diff }) => (
    <div key={text} className="finding-change">
      <p>{text}</p>
      {diff.length > 0 ? (
        <div className="diff">
          <DiffLines lines={markedLines(diff)} />
        </div>
      ) : null}
    </div>
  ));
}

/** Asks before it does anything. */
function Mend({ code, isBusy, onFix }: { code: string; isBusy: boolean; onFix(): void }) {
  const say = useSay(diagnosticsMessages);
  const [isAsking, setAsking] = useState(false);
  const no = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isAsking) no.current?.focus();
  }, [isAsking]);
  if (!isAsking) {
    return (
      <button
        type="button"
        aria-label={say('mendOf', { code })}
        disabled={isBusy}
        onClick={() => setAsking(true)}
      >
        {say('mend')}
      </button>
    );
  }
  return (
    <fieldset>
      <legend>{say('confirm')}</legend>
      <button type="button" className="primary" disabled={isBusy} onClick={onFix}>
        {say('yes')}
      </button>
      <button type="button" ref={no} onClick={() => setAsking(false)}>
        {say('no')}
      </button>
    </fieldset>
  );
}

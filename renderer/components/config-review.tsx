import { useEffect, useRef, useState } from 'react';
import type { ConfigFileChange } from '../../main/bridge/contract.ts';
import { ask, CallError } from '../bridge.ts';
import { type ConfigFile, usePlan } from '../config/config-state.ts';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import { ConfigProblems } from './config-problems.tsx';
import { DiffView } from './diff-view.tsx';

interface ReviewProps {
  file: ConfigFile;
  change: ConfigFileChange;
  onBack(): void;
  /** Dotted paths of what only a restart applies. */
  onSaved(restartPaths: string[]): void;
}

/** What will be changed, before anything is. */
export function ConfigReview({ file, change, onBack, onSaved }: ReviewProps) {
  const say = useSay(configMessages);
  const { plan, error } = usePlan(file, change);
  const [failure, setFailure] = useState<CallError>();
  const [isSaving, setSaving] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const { base } = file;
  if (!base) return null;
  const save = (): void => {
    setSaving(true);
    saveChange(file, { base: base.revision, change })
      .then((restartPaths) => restartPaths && onSaved(restartPaths), setFailure)
      .finally(() => setSaving(false));
  };
  const trouble = failure ?? error;
  return (
    <section className="config-review" aria-labelledby="config-review-title">
      <h2 id="config-review-title" tabIndex={-1} ref={title}>
        {say(change.kind === 'undo' ? 'undoTitle' : 'reviewTitle')}
      </h2>
      {trouble ? <Trouble error={trouble} /> : null}
      {plan ? <PlanText plan={plan} before={base.text} /> : trouble ? null : <p>{say('checking')}</p>}
      <p className="config-buttons">
        <button type="button" className="primary" disabled={!plan?.canSave || isSaving} onClick={save}>
          {say('save')}
        </button>
        <button type="button" onClick={onBack}>
          {say('back')}
        </button>
      </p>
    </section>
  );
}

/** What only a restart applies; undefined when it was not saved, because a person or another change stood against it. */
async function saveChange(
  { tell, look }: ConfigFile,
  request: { base: string; change: ConfigFileChange },
): Promise<string[] | undefined> {
  try {
    const { isSaved, restartPaths } = await ask('config.file.save', request);
    if (!isSaved) return undefined;
    tell({ do: 'saved', now: await ask('config.file.read', undefined) });
    return restartPaths;
  } catch (error) {
    if (!(error instanceof CallError) || error.code !== 'CONFIG_CONFLICT') throw error;
    await look();
    return undefined;
  }
}

function PlanText({
  plan,
  before,
}: {
  plan: NonNullable<ReturnType<typeof usePlan>['plan']>;
  before: string;
}) {
  const say = useSay(configMessages);
  const { text, problems, warnings, changedPaths, restartPaths, canSave } = plan;
  return (
    <>
      {changedPaths.length > 0 ? <p>{say('changedKeys', { paths: changedPaths.join(', ') })}</p> : null}
      {restartPaths.length > 0 ? (
        <p className="config-restart">{say('needsRestart', { paths: restartPaths.join(', ') })}</p>
      ) : null}
      {problems.length > 0 ? (
        <div role="alert">
          <h3 className="problem">{say('problems', { count: problems.length })}</h3>
          <ConfigProblems problems={problems} />
          {canSave ? null : <p>{say('cannotSave')}</p>}
        </div>
      ) : null}
      {warnings.length > 0 ? (
        <>
          <h3>{say('warnings', { count: warnings.length })}</h3>
          <ConfigProblems problems={warnings} />
        </>
      ) : null}
      <DiffView before={before} after={text} label={say('diff')} />
    </>
  );
}

/** What failed, with its code. */
export function Trouble({ error }: { error: CallError }) {
  const say = useSay(configMessages);
  return (
    <p role="alert" className="problem">
      {say('failed', { reason: error.message, code: error.code })}
    </p>
  );
}

/** Both sides of a file that was changed twice; neither is lost. */
export function ConfigConflict({ file, mine }: { file: ConfigFile; mine: string | undefined }) {
  const say = useSay(configMessages);
  const { base, theirs, tell } = file;
  if (!base || !theirs) return null;
  return (
    <section className="config-review">
      <h2>{say('conflictTitle')}</h2>
      <p role="alert">
        {say('conflictText')} {say('overlap')}
      </p>
      <h3>{say('theirs')}</h3>
      <DiffView before={base.text} after={theirs.text} label={say('theirs')} />
      {mine === undefined ? null : (
        <>
          <h3>{say('mine')}</h3>
          <DiffView before={base.text} after={mine} label={say('mine')} />
        </>
      )}
      <p className="config-buttons">
        <button type="button" className="primary" onClick={() => tell({ do: 'rebase' })}>
          {say('applyMine')}
        </button>
        <button type="button" onClick={() => tell({ do: 'discard' })}>
          {say('dropMine')}
        </button>
      </p>
    </section>
  );
}

import { useEffect, useState } from 'react';
import type { BridgeResult, ConfigFileChange, MenuEntry } from '../../main/bridge/contract.ts';
import { ask, type CallError } from '../bridge.ts';
import { ConfigEditor } from '../components/config-editor.tsx';
import { ConfigForm } from '../components/config-form.tsx';
import { ConfigProblems } from '../components/config-problems.tsx';
import { ConfigConflict, ConfigReview, Trouble } from '../components/config-review.tsx';
import { type ConfigFile, useConfigFile, usePlan } from '../config/config-state.ts';
import { changeOf, NO_DRAFT } from '../config/draft.ts';
import { runAction, useSay, useView } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import './config.css';

type About = BridgeResult<'config.file.schema'>;
type Tab = 'form' | 'text';

/** The configuration file of this computer, as a form and as text. Works without a gateway. */
export function Config() {
  const say = useSay(configMessages);
  const file = useConfigFile();
  const [about, setAbout] = useState<About>();
  const [failure, setFailure] = useState<CallError>();
  useEffect(() => void ask('config.file.schema', undefined).then(setAbout, setFailure), []);
  const error = failure ?? file.error;
  return (
    <div className="config">
      <h1>{say('title')}</h1>
      {error ? (
        <>
          <Trouble error={error} />
          <button type="button" onClick={() => void file.look()}>
            {say('tryAgain')}
          </button>
        </>
      ) : null}
      {about && file.base ? <Desk about={about} file={file} /> : error ? null : <p>{say('loading')}</p>}
    </div>
  );
}

/** Editing, then a look at what will change, then saved. */
function Desk({ about, file }: { about: About; file: ConfigFile }) {
  const { base, draft, theirs } = file;
  const [review, setReview] = useState<'draft' | 'undo'>();
  const [saved, setSaved] = useState<string[]>();
  const change = base && changeOf(draft, base);
  const { plan, error } = usePlan(file, change);
  const mine = useLast(plan?.text);
  const hasChange = change !== undefined;
  useEffect(() => {
    if (!hasChange) setReview((before) => (before === 'draft' ? undefined : before));
  }, [hasChange]);
  if (!base) return null;
  if (theirs) return <ConfigConflict file={file} mine={draft.text ?? mine} />;
  // What is reviewed is the draft as it is now: it may have been put on another file since.
  const reviewed: ConfigFileChange | undefined = review === 'undo' ? { kind: 'undo' } : change;
  if (review && reviewed) {
    return (
      <ConfigReview
        file={file}
        change={reviewed}
        onBack={() => setReview(undefined)}
        onSaved={(restartPaths) => {
          setReview(undefined);
          setSaved(restartPaths);
        }}
      />
    );
  }
  const begin = (wanted: 'draft' | 'undo'): void => {
    setSaved(undefined);
    setReview(wanted);
  };
  return (
    <>
      <div role="status">{saved ? <Saved restartPaths={saved} /> : null}</div>
      {error ? <Trouble error={error} /> : null}
      <Editing about={about} file={file} plan={plan} onUndo={() => begin('undo')} />
      {change ? <SaveBar file={file} change={change} onReview={() => begin('draft')} /> : null}
    </>
  );
}

/** What was last known, while it is being found out again. */
function useLast<T>(value: T | undefined): T | undefined {
  const [last, setLast] = useState(value);
  useEffect(() => {
    if (value !== undefined) setLast(value);
  }, [value]);
  return value ?? last;
}

interface EditingProps {
  about: About;
  file: ConfigFile;
  plan: ReturnType<typeof usePlan>['plan'];
  onUndo(): void;
}

function Editing({ about, file, plan, onUndo }: EditingProps) {
  const say = useSay(configMessages);
  const { base, draft, tell } = file;
  const [tab, setTab] = useState<Tab>('form');
  if (!base) return null;
  const isTextTouched = draft.text !== undefined && draft.text !== base.text;
  const shown: Tab = base.isReadable && !isTextTouched ? tab : 'text';
  // What was begun in the form goes on as text, with the placeholders that the app has for what is secret.
  const showText = async (): Promise<void> => {
    const change = changeOf(draft, base);
    if (change) {
      const { text } = await ask('config.file.plan', { base: base.revision, change });
      tell({ do: 'draft', draft: { ...NO_DRAFT, text } });
    }
    setTab('text');
  };
  const select = (next: Tab): void => {
    if (next === 'text') void showText().catch(() => undefined);
    else setTab('form');
  };
  return (
    <>
      <p className="quiet">{base.exists ? say('file', { path: base.path }) : say('noFile')}</p>
      <Tabs
        base={base}
        shown={shown}
        isTextTouched={isTextTouched}
        hasDraft={changeOf(draft, base) !== undefined}
        onSelect={select}
        onUndo={onUndo}
      />
      {shown === 'form' ? (
        <>
          <Existing base={base} />
          <ConfigForm
            key={file.round}
            about={about}
            base={base}
            draft={draft}
            plan={plan}
            onDraft={(next) => tell({ do: 'draft', draft: next })}
          />
        </>
      ) : (
        <ConfigEditor
          base={base}
          text={draft.text ?? base.text}
          plan={plan}
          onChange={(text) => tell({ do: 'draft', draft: { ...NO_DRAFT, text } })}
        />
      )}
    </>
  );
}

function Existing({ base }: { base: NonNullable<ConfigFile['base']> }) {
  const say = useSay(configMessages);
  return base.problems.length > 0 ? (
    <>
      <h2 className="problem">{say('problems', { count: base.problems.length })}</h2>
      <ConfigProblems problems={base.problems} />
    </>
  ) : null;
}

interface TabsProps {
  base: NonNullable<ConfigFile['base']>;
  shown: Tab;
  isTextTouched: boolean;
  hasDraft: boolean;
  onSelect(tab: Tab): void;
  onUndo(): void;
}

function Tabs({ base, shown, isTextTouched, hasDraft, onSelect, onUndo }: TabsProps) {
  const say = useSay(configMessages);
  return (
    <>
      <div className="config-bar">
        <fieldset className="config-tabs">
          <legend className="unseen">{say('mode')}</legend>
          {(['form', 'text'] as const).map((tab) => (
            <label key={tab}>
              <input
                type="radio"
                name="config-tab"
                checked={shown === tab}
                disabled={tab === 'form' && (isTextTouched || !base.isReadable)}
                onChange={() => onSelect(tab)}
              />{' '}
              {say(tab)}
            </label>
          ))}
        </fieldset>
        {base.canUndo && !hasDraft ? (
          <button type="button" onClick={onUndo}>
            {say('undo')}
          </button>
        ) : null}
      </div>
      {base.isReadable ? null : <p className="problem">{say('formBroken')}</p>}
      {isTextTouched && base.isReadable ? <p className="quiet">{say('formWaits')}</p> : null}
    </>
  );
}

/** Says what is left to be done, and offers it where the menu does. */
function Saved({ restartPaths }: { restartPaths: readonly string[] }) {
  const say = useSay(configMessages);
  const { entries } = useView();
  const canRestart = entries.some(
    (entry: MenuEntry) => entry.kind === 'action' && entry.action.do === 'restart' && entry.enabled,
  );
  return (
    <div className="config-saved">
      <p>{say('saved')}</p>
      {canRestart && restartPaths.length > 0 ? (
        <p>
          {say('needsRestart', { paths: restartPaths.join(', ') })}{' '}
          <button type="button" onClick={() => runAction({ do: 'restart' })}>
            {say('restartNow')}
          </button>
        </p>
      ) : null}
    </div>
  );
}

interface SaveBarProps {
  file: ConfigFile;
  change: ConfigFileChange;
  onReview(): void;
}

function SaveBar({ file, change, onReview }: SaveBarProps) {
  const say = useSay(configMessages);
  return (
    <div className="config-save">
      <span role="status">
        {change.kind === 'edits' ? say('changes', { count: change.edits.length }) : say('textChanged')}
      </span>
      <button type="button" className="primary" onClick={onReview}>
        {say('review')}
      </button>
      <button type="button" onClick={() => file.tell({ do: 'discard' })}>
        {say('discard')}
      </button>
    </div>
  );
}

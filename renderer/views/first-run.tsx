import { type FormEvent, useEffect, useRef, useState } from 'react';
import type { BridgeParams, View } from '../../main/bridge/contract.ts';
import { ask, CallError } from '../bridge.ts';
import { useView } from '../state.ts';
import { firstRunMessages } from '../words/first-run-messages.ts';
import './first-run.css';

type Answers = BridgeParams<'firstRun.finish'>;
type Place = 'here' | 'remote';
type Say = ReturnType<(typeof firstRunMessages)['in']>;

const NOTHING: Answers = {
  language: 'system',
  startNow: false,
  startsWithApp: false,
  runAtLogin: false,
  installsCommand: false,
};
/** A language is named in its own words, so that whoever reads only that one finds it. */
const LANGUAGES = [
  ['en', 'English'],
  ['zh-CN', '简体中文'],
] as const;

/** The first start: in which language, where the gateway is, and what may be started here. */
export function FirstRun({ canInstallCommand, onDone }: { canInstallCommand: boolean; onDone(): void }) {
  const view = useView();
  const { language: ofApp } = view;
  const [answers, setAnswers] = useState<Answers>(NOTHING);
  const [place, setPlace] = useState<Place>('here');
  const [step, setStep] = useState(1);
  const [error, setError] = useState<CallError>();
  const language = answers.language === 'system' ? ofApp : answers.language;
  const say = firstRunMessages.in(language);
  const count = place === 'here' ? 3 : 2;
  const heading = useRef<HTMLHeadingElement>(null);
  // It may be chosen in the tray as well, meanwhile.
  const chosen = chosenLanguage(view);
  useEffect(() => setAnswers((before) => ({ ...before, language: chosen })), [chosen]);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  useEffect(() => {
    if (step > 0) heading.current?.focus();
  }, [step]);
  const finish = (given: Answers, where: Place): void => {
    ask('firstRun.finish', given).then(
      () => {
        if (where === 'remote') window.location.hash = '#connections';
        onDone();
      },
      (caught: unknown) => setError(caught instanceof CallError ? caught : undefined),
    );
  };
  const next = (event: FormEvent): void => {
    event.preventDefault();
    if (step < count) setStep(step + 1);
    else finish(place === 'here' ? answers : { ...NOTHING, language: answers.language }, place);
  };
  return (
    <main className="first-run">
      <form onSubmit={next}>
        <h1>{say('title')}</h1>
        <p>{say('intro')}</p>
        <h2 ref={heading} tabIndex={-1}>
          <span className="quiet">{say('step', { step, count })}</span> {titleOf(step, say)}
        </h2>
        {step === 1 ? <LanguageStep answers={answers} say={say} onChange={setAnswers} /> : null}
        {step === 2 ? <PlaceStep place={place} say={say} onChange={setPlace} /> : null}
        {step === 3 ? <ConsentStep {...{ answers, say, canInstallCommand }} onChange={setAnswers} /> : null}
        {error ? (
          <p role="alert" className="problem">
            {say('failed', { reason: error.message, code: error.code })}
          </p>
        ) : null}
        <p className="first-run-buttons">
          <button type="submit" className="primary">
            {say(step < count ? 'next' : 'finish')}
          </button>
          {step > 1 ? (
            <button type="button" onClick={() => setStep(step - 1)}>
              {say('back')}
            </button>
          ) : null}
          <button
            type="button"
            aria-describedby="first-run-skip"
            onClick={() => finish({ ...NOTHING, language: answers.language }, 'here')}
          >
            {say('skip')}
          </button>
          <span className="quiet" id="first-run-skip">
            {say('skipText')}
          </span>
        </p>
      </form>
    </main>
  );
}

function chosenLanguage({ entries }: Pick<View, 'entries'>): Answers['language'] {
  const leaves = entries.flatMap((one) => (one.kind === 'group' ? one.entries : [one]));
  for (const one of leaves)
    if (one.kind === 'choice' && one.checked && one.action.do === 'setLanguage') return one.action.language;
  return 'system';
}

const titleOf = (step: number, say: Say): string =>
  step === 1 ? say('language') : say(step === 2 ? 'where' : 'consent');

interface StepProps {
  answers: Answers;
  say: Say;
  onChange(answers: Answers): void;
}

function LanguageStep({ answers, say, onChange }: StepProps) {
  const choices = [['system', say('system')], ...LANGUAGES] as const;
  return (
    <fieldset>
      <legend className="unseen">{say('language')}</legend>
      {choices.map(([language, label]) => (
        <label key={language}>
          <input
            type="radio"
            name="language"
            checked={answers.language === language}
            onChange={() => onChange({ ...answers, language })}
          />{' '}
          <span lang={language === 'system' ? undefined : language}>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}

function PlaceStep({ place, say, onChange }: { place: Place; say: Say; onChange(place: Place): void }) {
  return (
    <fieldset>
      <legend className="unseen">{say('where')}</legend>
      {(['here', 'remote'] as const).map((one) => (
        <label key={one}>
          <input type="radio" name="place" checked={place === one} onChange={() => onChange(one)} />{' '}
          <span>
            {say(one)}
            <span className="quiet">{say(one === 'here' ? 'hereText' : 'remoteText')}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function ConsentStep({
  answers,
  say,
  canInstallCommand,
  onChange,
}: StepProps & { canInstallCommand: boolean }) {
  return (
    <fieldset>
      <legend className="unseen">{say('consent')}</legend>
      {(['startNow', 'startsWithApp', 'runAtLogin'] as const).map((one) => (
        <label key={one}>
          <input
            type="checkbox"
            checked={answers[one]}
            onChange={({ target }) => onChange({ ...answers, [one]: target.checked })}
          />{' '}
          <span>{say(one)}</span>
        </label>
      ))}
      <label>
        <input
          type="checkbox"
          disabled={!canInstallCommand}
          checked={answers.installsCommand}
          onChange={({ target }) => onChange({ ...answers, installsCommand: target.checked })}
        />{' '}
        <span>
          {say('installsCommand')}
          <span className="quiet">{say(canInstallCommand ? 'commandText' : 'commandNotHere')}</span>
        </span>
      </label>
      <p className="quiet">{say('consentText')}</p>
    </fieldset>
  );
}

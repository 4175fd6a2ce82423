import { type KeyboardEvent, useId, useRef, useState } from 'react';
import type { ConfigPlan, ConfigRead } from '../config/draft.ts';
import { useSay } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import { ConfigProblems } from './config-problems.tsx';

interface EditorProps {
  base: ConfigRead;
  text: string;
  /** Undefined while the text is being checked. */
  plan: ConfigPlan | undefined;
  onChange(text: string): void;
}

/** The text of the file with the numbers of its lines, and below it what is wrong with it. */
export function ConfigEditor({ base, text, plan, onChange }: EditorProps) {
  const say = useSay(configMessages);
  const area = useRef<HTMLTextAreaElement>(null);
  const isDraft = text !== base.text;
  const problems = isDraft ? plan?.problems : base.problems;
  return (
    <>
      <p className="quiet" id="config-editor-hint">
        {say('editorHint')} {say('secretsHint')}
      </p>
      <TextWithLines area={area} text={text} onChange={onChange} isWrong={(problems ?? []).length > 0} />
      <section aria-live="polite" id="config-editor-problems">
        {problems === undefined ? (
          <p className="quiet">{say('checking')}</p>
        ) : problems.length === 0 ? (
          <p className="quiet">{say('noProblems')}</p>
        ) : (
          <>
            <h2 className="problem">{say('problems', { count: problems.length })}</h2>
            <ConfigProblems
              problems={problems}
              onPlace={(line, column) => area.current && goTo(area.current, line, column)}
            />
          </>
        )}
      </section>
    </>
  );
}

function goTo(area: HTMLTextAreaElement, line: number, column: number): void {
  const before = area.value.split('\n').slice(0, line - 1);
  const place = before.reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
  area.focus();
  area.setSelectionRange(place, place);
  area.scrollTop = Math.max(0, (line - 4) * LINE_PX);
}

/** Height of a line, as the style sheet has it. */
const LINE_PX = 20;

interface TextProps {
  area: React.RefObject<HTMLTextAreaElement | null>;
  text: string;
  isWrong: boolean;
  onChange(text: string): void;
}

function TextWithLines({ area, text, isWrong, onChange }: TextProps) {
  const say = useSay(configMessages);
  const id = useId();
  const numbers = useRef<HTMLDivElement>(null);
  const [leaves, setLeaves] = useState(false);
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>): void => {
    const indents = event.key === 'Tab' && !event.shiftKey && !leaves;
    if (event.key !== 'Shift') setLeaves(event.key === 'Escape');
    if (!indents) return;
    event.preventDefault();
    // Unlike a change of the value this can be undone with the keyboard.
    document.execCommand('insertText', false, '  ');
  };
  return (
    <div className="config-text">
      <div className="config-lines" aria-hidden="true" ref={numbers}>
        {text
          .split('\n')
          .map((_, index) => index + 1)
          .join('\n')}
      </div>
      <label className="unseen" htmlFor={id}>
        {say('editor')}
      </label>
      <textarea
        id={id}
        ref={area}
        value={text}
        wrap="off"
        spellCheck={false}
        autoComplete="off"
        aria-invalid={isWrong}
        aria-describedby="config-editor-hint config-editor-problems"
        onKeyDown={onKeyDown}
        onChange={(event) => onChange(event.target.value)}
        onScroll={({ currentTarget }) => {
          if (numbers.current) numbers.current.scrollTop = currentTarget.scrollTop;
        }}
      />
    </div>
  );
}

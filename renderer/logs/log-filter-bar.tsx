import { type ComponentProps, useEffect, useState } from 'react';
import type { LogFilter } from '../../main/bridge/contract.ts';
import { useSay } from '../state.ts';
import { logMessages } from '../words/logs-messages.ts';

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
/** Minutes back from now. */
const SPANS = { all: undefined, minutes15: 15, hour: 60, day: 1440, custom: undefined } as const;
type Span = keyof typeof SPANS;

/** What stands in the fields, as it was typed. */
export interface FilterForm {
  level: string;
  subsystem: string;
  span: Span;
  since: string;
  until: string;
  text: string;
  isPattern: boolean;
}

export const EMPTY_FORM: FilterForm = {
  level: '',
  subsystem: '',
  span: 'all',
  since: '',
  until: '',
  text: '',
  isPattern: false,
};

/** `now` in epoch milliseconds. */
export function filterOf(form: FilterForm, now: number): LogFilter {
  const minutes = SPANS[form.span];
  const sinceMs = minutes === undefined ? timeOf(form, form.since) : now - minutes * 60_000;
  const untilMs = timeOf(form, form.until);
  const level = LEVELS.find((one) => one === form.level);
  const subsystem = form.subsystem.trim();
  return {
    ...(level && { level }),
    ...(subsystem && { subsystem }),
    ...(sinceMs !== undefined && { sinceMs }),
    ...(untilMs !== undefined && { untilMs }),
    ...(form.text && { text: form.text, isPattern: form.isPattern }),
  };
}

function timeOf({ span }: FilterForm, typed: string): number | undefined {
  const time = new Date(typed).getTime();
  return span !== 'custom' || Number.isNaN(time) || time < 0 ? undefined : time;
}

const TYPING_MS = 300;

interface FilterBarProps {
  form: FilterForm;
  subsystems: readonly string[];
  onChange(form: FilterForm): void;
}

/** The fields of a filter; what is typed counts as soon as nobody types. */
export function LogFilterBar({ form, subsystems, onChange }: FilterBarProps) {
  const say = useSay(logMessages);
  const set = (change: Partial<FilterForm>): void => onChange({ ...form, ...change });
  return (
    <search className="log-filter">
      <TypedField
        label={say('text')}
        className="grow"
        type="search"
        value={form.text}
        onTyped={(text) => set({ text })}
        maxLength={500}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={form.isPattern}
          onChange={({ target }) => set({ isPattern: target.checked })}
        />
        <span>{say('pattern')}</span>
      </label>
      <label>
        <span>{say('level')}</span>
        <select value={form.level} onChange={({ target }) => set({ level: target.value })}>
          <option value="">{say('everyLevel')}</option>
          {LEVELS.map((level) => (
            <option key={level} value={level}>
              {level === 'error' ? say('levelOnly', { level }) : say('levelUp', { level })}
            </option>
          ))}
        </select>
      </label>
      <TypedField
        label={say('subsystem')}
        list="log-subsystems"
        value={form.subsystem}
        onTyped={(subsystem) => set({ subsystem })}
        maxLength={120}
        placeholder={say('everySubsystem')}
      />
      <datalist id="log-subsystems">
        {subsystems.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <TimeFields form={form} set={set} />
    </search>
  );
}

function TimeFields({ form, set }: { form: FilterForm; set(change: Partial<FilterForm>): void }) {
  const say = useSay(logMessages);
  return (
    <>
      <label>
        <span>{say('time')}</span>
        <select value={form.span} onChange={({ target }) => set({ span: target.value as Span })}>
          {(Object.keys(SPANS) as Span[]).map((span) => (
            <option key={span} value={span}>
              {say(span)}
            </option>
          ))}
        </select>
      </label>
      {form.span === 'custom' ? (
        <>
          <label>
            <span>{say('since')}</span>
            <input
              type="datetime-local"
              value={form.since}
              onChange={({ target }) => set({ since: target.value })}
            />
          </label>
          <label>
            <span>{say('until')}</span>
            <input
              type="datetime-local"
              value={form.until}
              onChange={({ target }) => set({ until: target.value })}
            />
          </label>
        </>
      ) : null}
    </>
  );
}

type TypedFieldProps = Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  label: string;
  value: string;
  onTyped(text: string): void;
};

function TypedField({ label, className, value, onTyped, ...rest }: TypedFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onTyped(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onTyped]);
  return (
    <label className={className}>
      <span>{label}</span>
      <input
        {...rest}
        value={typed}
        onChange={({ target }) => setTyped(target.value)}
        onKeyDown={({ key }) => key === 'Enter' && typed !== value && onTyped(typed)}
      />
    </label>
  );
}

import { type FormEvent, useId, useMemo, useState } from 'react';
import type { BridgeResult } from '../../main/bridge/contract.ts';
import { type ConfigPlan, type ConfigRead, type Draft, keyOf, withEdit } from '../config/draft.ts';
import { type Field, type Group, type Section, sectionsOf, valueAt } from '../config/fields.ts';
import { sectionNames } from '../config/section-names.ts';
import { useSay, useView } from '../state.ts';
import { configMessages } from '../words/config-messages.ts';
import { ConfigField } from './config-field.tsx';

interface FormProps {
  about: BridgeResult<'config.file.schema'>;
  base: ConfigRead;
  draft: Draft;
  plan: ConfigPlan | undefined;
  onDraft(draft: Draft): void;
}

/** The configuration key by key, in sections. */
export function ConfigForm(props: FormProps) {
  const { about, base } = props;
  const say = useSay(configMessages);
  const [search, setSearch] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const [begun, setBegun] = useState<string[]>([]);
  const id = useId();
  const sections = useMemo(
    () => sectionsOf({ ...about, values: base.values, begun }),
    [about, base.values, begun],
  );
  const isShown = (field: Field): boolean => {
    const words = search.trim().toLowerCase().split(/\s+/);
    if (search.trim() !== '') {
      const text = `${field.path.join('.')} ${field.label}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }
    return showsAll || field.isBasic || isTouched(field, props) || isBegun(field, begun);
  };
  const shown = sections.flatMap((section) => shownPart(section, isShown, showsAll && search.trim() === ''));
  const count = shown.reduce((sum, { groups }) => sum + countFields(groups), 0);
  return (
    <>
      <div className="config-search">
        <label htmlFor={id} className="unseen">
          {say('search')}
        </label>
        <input
          id={id}
          type="search"
          placeholder={say('search')}
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
        <label>
          <input type="checkbox" checked={showsAll} onChange={({ target }) => setShowsAll(target.checked)} />{' '}
          {say('all')}
        </label>
        <span className="quiet" role="status">
          {count === 0 ? say('nothingFound') : say('found', { count })}
        </span>
      </div>
      {shown.map((section) => (
        <FormSection
          key={section.key}
          {...props}
          section={section}
          isOpen={
            search.trim() !== '' ||
            section.groups.some(({ fields }) => fields.some((one) => isTouched(one, props)))
          }
          onBegin={(path) => setBegun((before) => [...before, path])}
        />
      ))}
    </>
  );
}

const isTouched = ({ path }: Field, { base, draft }: FormProps): boolean =>
  valueAt(base.values, path) !== undefined || draft.edits.has(keyOf(path));

const isBegun = ({ path }: Field, begun: readonly string[]): boolean =>
  begun.some((one) => path.join('.').startsWith(one));

/** What is left of a section, if anything is. */
function shownPart(section: Section, isShown: (field: Field) => boolean, withEmpty: boolean): Section[] {
  const groups = section.groups
    .map((group) => ({ ...group, fields: group.fields.filter(isShown) }))
    .filter(({ fields, isOpen }) => fields.length > 0 || (withEmpty && isOpen));
  return groups.length > 0 ? [{ ...section, groups }] : [];
}

const countFields = (groups: readonly Group[]): number =>
  groups.reduce((sum, { fields }) => sum + fields.length, 0);

interface SectionProps extends FormProps {
  section: Section;
  isOpen: boolean;
  onBegin(path: string): void;
}

function FormSection(props: SectionProps) {
  const { section, isOpen, base } = props;
  const { language } = useView();
  const say = useSay(configMessages);
  const name = language === 'zh-CN' ? (sectionNames[section.key] ?? section.label) : section.label;
  const fields = section.groups.flatMap((group) => group.fields);
  const count = fields.filter(({ path }) => valueAt(base.values, path) !== undefined).length;
  return (
    <details className="config-section" open={isOpen}>
      <summary>
        <h2>{name}</h2> <span className="quiet">{count > 0 ? say('setCount', { count }) : ''}</span>
      </summary>
      {section.groups.map((group) => (
        <FormGroup key={group.path.join('.')} {...props} group={group} />
      ))}
    </details>
  );
}

function FormGroup({ group, ...props }: SectionProps & { group: Group }) {
  const { base, about, draft, plan, onDraft, onBegin } = props;
  return (
    <div className="config-group">
      {group.path.length > 1 ? <h3>{group.path.join('.')}</h3> : null}
      {group.fields.map((field) => {
        const dotted = field.path.join('.');
        return (
          <ConfigField
            key={dotted}
            field={field}
            value={valueAt(base.values, field.path)}
            fallback={valueAt(about.defaults, field.path)}
            edit={draft.edits.get(keyOf(field.path))}
            isIncluded={base.included.some((one) => one === dotted || one.startsWith(`${dotted}.`))}
            problems={(plan?.problems ?? base.problems).filter(({ path }) => path === dotted)}
            onEdit={(edit) => onDraft(withEdit(draft, field.path, edit))}
          />
        );
      })}
      {group.isOpen ? <NameForm path={group.path.join('.')} onBegin={onBegin} /> : null}
    </div>
  );
}

/** Where any name fits. */
function NameForm({ path, onBegin }: { path: string; onBegin(path: string): void }) {
  const say = useSay(configMessages);
  const id = useId();
  const [name, setName] = useState('');
  const begin = (event: FormEvent): void => {
    event.preventDefault();
    if (name.trim() === '') return;
    onBegin(`${path}.${name.trim()}`);
    setName('');
  };
  return (
    <form className="config-add" onSubmit={begin}>
      <label htmlFor={id}>{say('addName', { path })}</label>
      <input id={id} value={name} autoComplete="off" onChange={({ target }) => setName(target.value)} />
      <button type="submit">{say('add')}</button>
    </form>
  );
}

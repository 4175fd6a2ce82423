import type { MenuEntry } from '../../main/bridge/contract.ts';
import { runAction } from '../state.ts';

type Choice = Extract<MenuEntry, { kind: 'choice' }>;

/** The entries of the tray's menu, as controls of a page. */
export function MenuEntries({ entries }: { entries: readonly MenuEntry[] }) {
  return keyed(entries).map(([key, entry]) => <Entry key={key} entry={entry} />);
}

/** An entry is the same one while it says the same or does the same. */
function keyed(entries: readonly MenuEntry[]): [string, MenuEntry][] {
  return entries.map((entry, index) => {
    if (entry.kind === 'action') return [JSON.stringify(entry.action), entry];
    return [entry.kind === 'separator' ? `line ${index}` : `${entry.kind} ${entry.label}`, entry];
  });
}

function Entry({ entry }: { entry: MenuEntry }) {
  switch (entry.kind) {
    case 'separator':
      return <hr />;
    case 'text':
      return <p>{entry.label}</p>;
    case 'action':
      return (
        <button type="button" disabled={!entry.enabled} onClick={() => runAction(entry.action)}>
          {entry.label}
        </button>
      );
    case 'choice':
      return <ChoiceEntry entry={entry} />;
    case 'group':
      return (
        <fieldset>
          <legend>{entry.label}</legend>
          <MenuEntries entries={entry.entries} />
        </fieldset>
      );
  }
}

function ChoiceEntry({ entry: { type, label, checked, action } }: { entry: Choice }) {
  return (
    <label>
      <input
        type={type}
        name={type === 'radio' ? action.do : undefined}
        checked={checked}
        onChange={() => runAction(action)}
      />{' '}
      {label}
    </label>
  );
}

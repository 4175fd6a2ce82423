import type { MenuEntry } from '../../main/bridge/contract.ts';

/** The entries of the menu by what they are for. */
export interface MenuSections {
  texts: string[];
  actions: MenuEntry[];
  groups: MenuEntry[];
  settings: MenuEntry[];
}

/** Sorts entries for a page, which has room for sections; each keeps the order of the menu. */
export function sectionsOf(entries: readonly MenuEntry[]): MenuSections {
  const sections: MenuSections = { texts: [], actions: [], groups: [], settings: [] };
  for (const entry of entries) {
    if (entry.kind === 'text') sections.texts.push(entry.label);
    else if (entry.kind === 'action') sections.actions.push(entry);
    else if (isSetting(entry)) sections.settings.push(entry);
    else if (entry.kind === 'group') sections.groups.push(entry);
  }
  return sections;
}

const isSetting = (entry: MenuEntry): boolean =>
  entry.kind === 'choice' || (entry.kind === 'group' && entry.entries.every(({ kind }) => kind === 'choice'));

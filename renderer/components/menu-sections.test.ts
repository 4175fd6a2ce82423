import { describe, expect, it } from 'vitest';
import type { MenuEntry } from '../../main/bridge/contract.ts';
import { sectionsOf } from './menu-sections.ts';

describe('the entries of the menu on a page', () => {
  it('are all there, by what they are for', () => {
    const text: MenuEntry = { kind: 'text', label: 'well' };
    const start: MenuEntry = { kind: 'action', label: 'Start', enabled: true, action: { do: 'start' } };
    const asks: MenuEntry = { kind: 'group', label: 'Requests', entries: [start] };
    const choice: MenuEntry = {
      kind: 'choice',
      type: 'checkbox',
      label: 'Run',
      checked: false,
      action: { do: 'setRunAtLogin', on: true },
    };
    const language: MenuEntry = { kind: 'group', label: 'Language', entries: [choice] };
    expect(sectionsOf([text, start, { kind: 'separator' }, asks, choice, language])).toEqual({
      texts: ['well'],
      actions: [start],
      groups: [asks],
      settings: [choice, language],
    });
  });
});

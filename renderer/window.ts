import type { Bridge, MenuEntry, TrayAction, View } from '../main/bridge/contract.ts';

declare const openclaw: Bridge;

/** Shows the very entries of the tray: what can be done there can be done here. */
function show(view: View): void {
  document.documentElement.lang = view.language;
  document.body.dataset.tone = view.tone;
  textInto('status', view.status);
  const details: Node[] = view.details.map((text) => element('p', text));
  if (view.command !== undefined) details.push(element('code', view.command));
  part('details').replaceChildren(...details);
  const focused = document.activeElement?.id;
  // The first line of the menu is the heading already, and the window is open.
  const entries = view.entries.slice(1).filter((entry) => !opensWindow(entry));
  part('entries').replaceChildren(...entries.map((entry) => nodeOf(entry)));
  if (focused) document.getElementById(focused)?.focus();
}

const opensWindow = (entry: MenuEntry): boolean =>
  entry.kind === 'action' && entry.action.do === 'openWindow';

function nodeOf(entry: MenuEntry): Node {
  switch (entry.kind) {
    case 'separator':
      return document.createElement('hr');
    case 'text':
      return element('p', entry.label);
    case 'action':
      return button(entry.label, entry.enabled, entry.action);
    case 'choice':
      return choice(entry);
    case 'group': {
      const group = document.createElement('fieldset');
      group.append(element('legend', entry.label), ...entry.entries.map((inner) => nodeOf(inner)));
      return group;
    }
  }
}

function button(label: string, isEnabled: boolean, action: TrayAction): HTMLButtonElement {
  const made = element('button', label);
  made.type = 'button';
  made.id = JSON.stringify(action);
  made.disabled = !isEnabled;
  made.addEventListener('click', () => run(action));
  return made;
}

function choice({ type, label, checked, action }: Extract<MenuEntry, { kind: 'choice' }>): HTMLLabelElement {
  const input = document.createElement('input');
  input.type = type;
  input.id = `${action.do} ${label}`;
  input.checked = checked;
  if (type === 'radio') input.name = action.do;
  input.addEventListener('change', () => run(action));
  const made = document.createElement('label');
  made.append(input, ` ${label}`);
  return made;
}

function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  text: string,
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

/** A heading that is written again with the same words would be read out again. */
function textInto(id: string, text: string): void {
  const target = part(id);
  if (target.textContent !== text) target.textContent = text;
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id} is missing in the page`);
  return found;
}

/** What an action changes, and what it failed with, comes back as a new view. */
function run(action: TrayAction): void {
  void openclaw.call('action.run', action);
}

openclaw.onView(show);
void openclaw.call('view.get', undefined).then(show);

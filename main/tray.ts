import { join } from 'node:path';
import { Menu, type MenuItemConstructorOptions, nativeImage, Tray } from 'electron';
import type { MenuEntry, TrayAction, View } from './bridge/contract.ts';

export interface AppTray {
  update(view: View): void;
}

type Run = (action: TrayAction) => void;

/** The icon in the tray and its menu, as `view` has them. A click on the icon opens the window. */
export function createTray(appDir: string, first: View, run: Run): AppTray {
  const tray = new Tray(iconOf(appDir, first));
  let shown: View | undefined;
  const update = (view: View): void => {
    tray.setToolTip(view.tooltip);
    if (iconName(view) !== (shown && iconName(shown))) tray.setImage(iconOf(appDir, view));
    // An open menu closes when it is replaced; and on Linux nothing short of that is seen.
    if (JSON.stringify(view.entries) !== JSON.stringify(shown?.entries)) {
      tray.setContextMenu(Menu.buildFromTemplate(view.entries.map((entry) => itemOf(entry, run))));
    }
    shown = view;
  };
  tray.on('click', () => run({ do: 'openWindow' }));
  update(first);
  return { update };
}

const iconName = ({ tone, needsYou }: View): string => `${tone}${needsYou ? '-badge' : ''}`;

/** macOS colours a template image itself, to suit the menu bar. */
function iconOf(appDir: string, view: View) {
  const file = { darwin: 'Template.png', win32: '.ico' }[process.platform as string] ?? '.png';
  return nativeImage.createFromPath(join(appDir, 'icons', `${iconName(view)}${file}`));
}

/** A single "&" would underline the letter behind it. */
const labelOf = (text: string): string => text.replaceAll('&', '&&');

function itemOf(entry: MenuEntry, run: Run): MenuItemConstructorOptions {
  switch (entry.kind) {
    case 'separator':
      return { type: 'separator' };
    case 'text':
      return { label: labelOf(entry.label), enabled: false };
    case 'group':
      return {
        label: labelOf(entry.label),
        submenu: entry.entries.map((inner) => itemOf(inner, run)),
      };
    case 'action':
      return { label: labelOf(entry.label), enabled: entry.enabled, click: () => run(entry.action) };
    case 'choice':
      return {
        label: labelOf(entry.label),
        type: entry.type,
        checked: entry.checked,
        click: () => run(entry.action),
      };
  }
}

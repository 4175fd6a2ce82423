import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { Language } from '../core/messages/language.ts';
import { menuMessages } from '../core/messages/menu-messages.ts';

const MENUS = {
  edit: ['undo', 'redo', 'cut', 'copy', 'paste', 'selectAll'],
  view: ['zoomIn', 'zoomOut', 'resetZoom', 'togglefullscreen'],
  window: ['minimize', 'close'],
} as const;

/** Instead of Electron's own menu bar, which is English, reloads the page, and opens tools for developers. */
export function createWindowMenu(): { show(language: Language): void } {
  let shown: Language | undefined;
  return {
    show(language) {
      if (language === shown) return;
      shown = language;
      const say = menuMessages.in(language);
      const menus: MenuItemConstructorOptions[] = Object.entries(MENUS).map(([name, roles]) => ({
        label: say(name as keyof typeof MENUS),
        submenu: roles.map((role) => ({ role, label: say(role) })),
      }));
      const own: MenuItemConstructorOptions[] = process.platform === 'darwin' ? [{ role: 'appMenu' }] : [];
      Menu.setApplicationMenu(Menu.buildFromTemplate([...own, ...menus]));
    },
  };
}

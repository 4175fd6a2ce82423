import type { Language } from '../core/messages/language.ts';
import type { WindowView } from './bridge/contract.ts';

/** What the app does to the desktop around it. */
export interface DesktopEffects {
  copy(text: string): void;
  openWindow(view?: WindowView): void;
  openFolder(path: string): Promise<void>;
  /** True: the gateway that this app runs may be stopped. */
  confirmQuit(language: Language): Promise<boolean>;
  exit(): void;
}

import type { Language } from '../core/messages/language.ts';
import type { WindowPlace } from './bridge/contract.ts';

/** What the app does to the desktop around it. */
export interface DesktopEffects {
  copy(text: string): void;
  openWindow(place?: WindowPlace): void;
  openFolder(path: string): Promise<void>;
  /** True: the gateway that this app runs may be stopped. */
  confirmQuit(language: Language): Promise<boolean>;
  exit(): void;
  /** The program as it is installed here; it tells people itself how it went. */
  installation: {
    readonly isCommandInstalled: boolean;
    installCommand(language: Language): Promise<void>;
    removeCommand(language: Language): Promise<void>;
    checkForUpdates(language: Language): Promise<void>;
  };
}

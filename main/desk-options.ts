import type { Language } from '../core/messages/language.ts';
import type { AppSettingsFile } from './app-settings.ts';
import type { View, WindowEvent } from './bridge/contract.ts';
import type { CurrentReachOptions } from './current-reach.ts';
import type { DesktopEffects } from './desktop-effects.ts';
import type { HostedProcess } from './gateway-host.ts';
import type { LoginItem } from './login-item.ts';

export interface DeskOptions extends CurrentReachOptions {
  settings: AppSettingsFile;
  loginItem: LoginItem;
  systemLanguage: Language;
  /** Starts the gateway of this app. */
  spawn(): HostedProcess;
  /** Starts the installed service instead. */
  startService(language: Language): Promise<void>;
  effects: DesktopEffects;
  /** Start the gateway now, where none runs. */
  startsGateway: boolean;
  onView(view: View): void;
  onConnected(isConnected: boolean): void;
  onGatewayEvent(event: WindowEvent, payload: unknown): void;
}

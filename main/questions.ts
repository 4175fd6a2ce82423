import { dialog } from 'electron';
import type { PeerWriteRisk } from '../core/config/write-guards.ts';
import { appMessages } from '../core/messages/app-messages.ts';
import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import { trayMessages } from '../core/messages/tray-messages.ts';

/** True: the gateway that this app runs may be stopped. */
export async function confirmQuit(language: Language): Promise<boolean> {
  const say = trayMessages.in(language);
  return confirm(say('quitQuestion'), say('quitAndStop'), language, 0);
}

/** True: a change that may run a command or open a file is wanted; asked outside of the page, which might be lying. */
export async function confirmRisk({ does, ...values }: PeerWriteRisk, language: Language): Promise<boolean> {
  const say = trayMessages.in(language);
  const what = appMessages.in(language)(`risk.${does}`, values);
  return confirm(say('riskQuestion', { what: plainText(what, 300) }), say('riskSave'), language, 1);
}

async function confirm(message: string, yes: string, language: Language, defaultId: 0 | 1): Promise<boolean> {
  const say = trayMessages.in(language);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: say('windowTitle'),
    message,
    buttons: [yes, say('cancel')],
    defaultId,
    cancelId: 1,
    noLink: true,
  });
  return response === 0;
}

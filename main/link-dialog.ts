import { dialog } from 'electron';
import type { Language } from '../core/messages/language.ts';
import { linkMessages } from '../core/messages/link-messages.ts';
import type { LinkChoice } from './handlers/outside.ts';

const CHOICES: readonly LinkChoice[] = ['cancelled', 'copied', 'opened'];

/** Shows the whole address; nothing happens unless a person chooses it. */
export async function askAboutLink(url: string, language: Language): Promise<LinkChoice> {
  const say = linkMessages.in(language);
  const { response } = await dialog.showMessageBox({
    type: 'question',
    title: 'OpenClaw',
    message: say('question', { host: new URL(url).host }),
    detail: `${url}\n\n${say('caution')}`,
    buttons: [say('cancel'), say('copy'), say('open')],
    defaultId: 0,
    cancelId: 0,
    noLink: true,
  });
  return CHOICES[response] ?? 'cancelled';
}

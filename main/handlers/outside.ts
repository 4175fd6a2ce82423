import { AppError } from '../app-error.ts';
import type { ChatLimits } from '../bridge/methods/outside.ts';
import type { BridgeHandlers } from '../bridge/serve.ts';

export type LinkChoice = 'opened' | 'copied' | 'cancelled';

export interface OutsideEffects {
  copy(text: string): void;
  /** Asks a person what to do with an address, which is shown whole. */
  chooseForLink(url: string): Promise<LinkChoice>;
  openInBrowser(url: string): Promise<void>;
  limits(): ChatLimits;
}

const LIMIT_CHARS = 2_000;

export function outsideHandlers(
  effects: OutsideEffects,
): Pick<BridgeHandlers, 'clipboard.write' | 'link.open' | 'chat.limits'> {
  return {
    'clipboard.write': ({ text }) => {
      effects.copy(text);
      return {};
    },
    'link.open': async ({ url }) => {
      const address = safeAddress(url);
      const choice = await effects.chooseForLink(address);
      if (choice === 'copied') effects.copy(address);
      if (choice === 'opened') await effects.openInBrowser(address);
      return { choice };
    },
    'chat.limits': () => effects.limits(),
  };
}

/** As the browser will read it: names in other alphabets in their ASCII form. Throws BAD_ARGUMENT for all but https. */
export function safeAddress(given: string): string {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') {
    throw new AppError('BAD_ARGUMENT', (say) => say('linkNotSecure'));
  }
  if (url.href.length > LIMIT_CHARS) throw new AppError('BAD_ARGUMENT', (say) => say('linkTooLong'));
  return url.href;
}

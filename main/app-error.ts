import { appMessages } from '../core/messages/app-messages.ts';
import { inLanguage } from '../core/messages/in-language.ts';
import type { Language } from '../core/messages/language.ts';
import { type ErrorCode, RpcError } from '../core/protocol/errors.ts';

type Say = ReturnType<(typeof appMessages)['in']>;

/** What the app itself refuses: its words are put into a language where a person is told. */
export class AppError extends RpcError {
  readonly #words: (say: Say) => string;

  constructor(code: ErrorCode, words: (say: Say) => string, details?: Record<string, unknown>) {
    super(code, words(appMessages.in('en')), details);
    this.#words = words;
  }

  in(language: Language): string {
    return this.#words(appMessages.in(language));
  }
}

/** Errors of other gateways and of the system have their own words. */
export function messageIn(error: unknown, language: Language): string {
  if (error instanceof AppError) return error.in(language);
  return inLanguage(language)(error instanceof Error ? error.message : String(error));
}

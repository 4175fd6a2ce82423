import { randomUUID } from 'node:crypto';
import { AppError } from './app-error.ts';
import type { Prompt, PromptAnswer } from './bridge/contract.ts';

type WithoutId<P> = P extends unknown ? Omit<P, 'id'> : never;
/** What a person is asked. */
export type Question = WithoutId<Prompt>;

interface Open {
  prompt: Prompt;
  settle(answer: PromptAnswer): void;
}

/** What each kind of question can be answered with, beside a cancel. */
const ANSWERS: Readonly<Record<Prompt['kind'], PromptAnswer['do']>> = {
  'host-key': 'accept',
  gateway: 'accept',
  'unproven-gateway': 'accept',
  certificate: 'accept',
  passphrase: 'secret',
  credential: 'secret',
  'port-taken': 'accept',
  changed: 'remove',
  'stop-holder': 'accept',
  adopt: 'accept',
  'use-port': 'accept',
};

/** What waits for a person's word. Secrets that are answered pass through and are kept nowhere here. */
export class PromptDesk {
  readonly #open = new Map<string, Open>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get prompts(): Prompt[] {
    return [...this.#open.values()].map(({ prompt }) => prompt);
  }

  /** Resolves to the answer; to a cancel when `signal` aborts. */
  ask(question: Question, signal?: AbortSignal): Promise<PromptAnswer> {
    if (signal?.aborted) return Promise.resolve({ do: 'cancel' });
    const prompt = { ...question, id: randomUUID() } as Prompt;
    return new Promise((resolve) => {
      const giveUp = (): void => settle({ do: 'cancel' });
      const settle = (answer: PromptAnswer): void => {
        signal?.removeEventListener('abort', giveUp);
        this.#open.delete(prompt.id);
        resolve(answer);
        this.#onChange();
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      this.#open.set(prompt.id, { prompt, settle });
      this.#onChange();
    });
  }

  /** False when nobody asks that any more. Throws BAD_ARGUMENT for an answer to another kind of question. */
  answer(id: string, answer: PromptAnswer): boolean {
    const open = this.#open.get(id);
    if (!open) return false;
    if (answer.do !== 'cancel' && !fits(open.prompt, answer))
      throw new AppError('BAD_ARGUMENT', (say) => say('otherAnswer'));
    open.settle(answer);
    return true;
  }
}

function fits(prompt: Prompt, answer: PromptAnswer): boolean {
  if (answer.do !== ANSWERS[prompt.kind]) return false;
  if (answer.do === 'secret') return (answer.kind === 'passphrase') === (prompt.kind === 'passphrase');
  if (answer.do !== 'remove') return true;
  return prompt.kind === 'changed' && prompt.confirmWord === answer.confirm;
}

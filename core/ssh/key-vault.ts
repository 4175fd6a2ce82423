import type { ParsedKey } from 'ssh2';
import type { KeyFile } from './key-file.ts';
import { parsePrivateKey } from './private-key.ts';
import type { SshLibrary } from './ssh-library.ts';

export interface PassphraseQuestion {
  /** The key that the host has accepted already. */
  path: string;
  /** 1 for the first time; more when the answers before were wrong. */
  attempt: number;
}

/** Asks a person. Undefined: nobody can be asked, or they would rather not. */
export type AskPassphrase = (question: PassphraseQuestion) => Promise<string | undefined>;

const ATTEMPTS = 3;

type LockedFile = KeyFile & { state: 'locked' };

export type Unlocked = ParsedKey | 'locked' | 'wrong' | 'unusable';

/** Keys whose passphrase was given once; they stay open for as long as this lives, so that nobody is asked again. */
export class KeyVault {
  /** True while a person thinks about a passphrase. */
  isAsking = false;
  private pending: Promise<Unlocked> | undefined;
  private readonly open = new Map<string, ParsedKey>();
  private readonly ask: AskPassphrase | undefined;

  constructor(ask?: AskPassphrase) {
    this.ask = ask;
  }

  async unlock(file: LockedFile, library: SshLibrary): Promise<Unlocked> {
    const answer = this.answer(file, library);
    this.pending = answer;
    try {
      return await answer;
    } finally {
      this.pending = undefined;
    }
  }

  /** Waits for the person who still thinks; true when a key is open then that was not before. */
  async hasOpened(): Promise<boolean> {
    const answer = await this.pending;
    return answer !== undefined && typeof answer !== 'string';
  }

  private async answer(file: LockedFile, library: SshLibrary): Promise<Unlocked> {
    const known = this.open.get(file.path);
    if (known) return known;
    let answer: Unlocked = 'locked';
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const passphrase = await this.answerTo({ path: file.path, attempt });
      if (passphrase === undefined) return answer;
      answer = tryPassphrase(file.text, passphrase, library);
      if (answer !== 'wrong') break;
    }
    if (typeof answer !== 'string') this.open.set(file.path, answer);
    return answer;
  }

  private async answerTo(question: PassphraseQuestion): Promise<string | undefined> {
    this.isAsking = true;
    try {
      return await this.ask?.(question);
    } finally {
      this.isAsking = false;
    }
  }
}

function tryPassphrase(text: Buffer, passphrase: string, library: SshLibrary): Unlocked {
  if (passphrase === '') return 'wrong';
  const key = parsePrivateKey(text, library, passphrase);
  if (!(key instanceof Error)) return key;
  return /passphrase/i.test(key.message) ? 'wrong' : 'unusable';
}

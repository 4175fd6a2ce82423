import type { GivenAuth } from '../../core/client/credentials.ts';
import { asObject, asText } from '../../core/lib/json.ts';
import type { FindingCode } from '../../core/verdict/findings.ts';
import type { PromptDesk } from '../prompt-desk.ts';
import type { SecretVault } from '../secret-vault.ts';

/** What a gateway says to whoever shows it no secret, or a wrong one. */
const WANTS_SECRET: readonly FindingCode[] = ['CREDENTIALS_MISSING', 'TOKEN_MISMATCH', 'PASSWORD_MISMATCH'];

export const wantsSecret = (code: FindingCode | undefined): boolean =>
  code !== undefined && WANTS_SECRET.includes(code);

interface Parts {
  /** Of the place, for the vault. */
  key: string;
  /** For people. */
  label: string;
  prompts: PromptDesk;
  vault: SecretVault;
  /** What the configuration has for this very gateway. */
  configured(): Promise<GivenAuth>;
}

/**
 * The secret of one gateway: given by a person just now, remembered, or configured for it. What was remembered is for
 * the gateway that has proved to be the same as then, and none of it is shown to one that could not prove itself.
 */
export class GatewaySecret {
  readonly #parts: Parts;
  #given: GivenAuth | undefined;
  #isAsking = false;
  /** A person did not want to be asked. */
  #isDeclined = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** `gatewayId`: who has proved to be there; undefined where nobody can. `isProven`: it may be shown what is kept. */
  async auth(gatewayId: string | undefined, isProven = gatewayId !== undefined): Promise<GivenAuth> {
    if (this.#given) return this.#given;
    if (!isProven) return {};
    return (await this.#remembered(gatewayId)) ?? this.#parts.configured();
  }

  /** Asks a person once, until `ask` is called for by them. True when there is a secret to be tried. */
  async askWhenWanted(
    code: FindingCode | undefined,
    gatewayId: string | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!wantsSecret(code) || this.#isDeclined) return false;
    return this.ask(code !== 'CREDENTIALS_MISSING', gatewayId, signal);
  }

  async ask(isWrong: boolean, gatewayId: string | undefined, signal: AbortSignal): Promise<boolean> {
    if (this.#isAsking) return false;
    this.#isAsking = true;
    const { prompts, vault, label, key } = this.#parts;
    try {
      const { keeping } = vault;
      const answer = await prompts.ask({ kind: 'credential', place: label, isWrong, keeping }, signal);
      this.#isDeclined = answer.do !== 'secret';
      if (answer.do !== 'secret') return false;
      this.#given = { [answer.kind]: answer.secret };
      if (answer.remember) await vault.write(key, JSON.stringify({ gatewayId, auth: this.#given }));
      else await vault.forget(key);
      return true;
    } finally {
      this.#isAsking = false;
    }
  }

  /** A person wants to be connected: they may be asked again. */
  again(): void {
    this.#isDeclined = false;
  }

  async #remembered(gatewayId: string | undefined): Promise<GivenAuth | undefined> {
    const { key, vault } = this.#parts;
    const text = await vault.read(key);
    if (text === undefined) return undefined;
    const { gatewayId: then, auth } = asObject(parsed(text));
    if ((then ?? undefined) !== gatewayId) return undefined;
    const { token, password } = asObject(auth);
    const [kept, word] = [asText(token), asText(password)];
    return kept ? { token: kept } : word ? { password: word } : undefined;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

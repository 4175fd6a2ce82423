import { invalidRequest } from '../protocol/errors.ts';

/** Labels that are being written, so that of two who want the same one at once only one gets it. */
export class LabelClaims {
  readonly #claims = new Map<string, { key: string; count: number }>();

  /** Runs `task`, which writes the label. `holder` is the session that has it already, if one does. */
  async during<T>(
    label: string | null | undefined,
    key: string,
    holder: string | undefined,
    task: () => Promise<T>,
  ): Promise<T> {
    if (!label) return task();
    const claim = this.#claims.get(label) ?? { key: holder ?? key, count: 0 };
    if (claim.key !== key || (holder ?? key) !== key) throw invalidRequest(`label already in use: ${label}`);
    claim.count += 1;
    this.#claims.set(label, claim);
    try {
      return await task();
    } finally {
      claim.count -= 1;
      if (claim.count === 0) this.#claims.delete(label);
    }
  }
}

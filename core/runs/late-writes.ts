/**
 * What could not be stored when a run ended, such as on a full disk. It is tried again before the session takes its
 * next message, and when the gateway ends; until then a restart would count the run as interrupted, which it was.
 */
export class LateWrites {
  private readonly waiting = new Map<string, (() => Promise<unknown>)[]>();

  add(sessionKey: string, write: () => Promise<unknown>): void {
    this.waiting.set(sessionKey, [...(this.waiting.get(sessionKey) ?? []), write]);
  }

  /** Rejects with what the store says when it still cannot be written; then nothing is lost. */
  async settle(sessionKey: string): Promise<void> {
    const writes = this.waiting.get(sessionKey);
    if (!writes) return;
    while (writes[0]) {
      await writes[0]();
      writes.shift();
    }
    this.waiting.delete(sessionKey);
  }

  async settleAll(): Promise<void> {
    await Promise.allSettled([...this.waiting.keys()].map((key) => this.settle(key)));
  }
}

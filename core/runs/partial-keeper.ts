import type { Clock } from '../lib/clock.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { RunIdentity } from './run-event.ts';

/** How much of an answer that people have seen may be lost when the process is killed. */
const KEEP_EVERY_MS = 100;

/** Keeps an answer while it is being written, in one small write for all that was said in a tenth of a second. */
export class PartialKeeper {
  private readonly clock: Clock;
  private readonly sessions: Pick<SessionStore, 'keepPartial'>;
  private readonly run: RunIdentity;
  private itemId: string | undefined;
  /** Characters of the answer that are kept. */
  private kept = 0;
  private fresh = '';
  private cancel: (() => void) | undefined;
  private writing: Promise<void> | undefined;

  constructor(clock: Clock, sessions: Pick<SessionStore, 'keepPartial'>, run: RunIdentity) {
    this.clock = clock;
    this.sessions = sessions;
    this.run = run;
  }

  /** More was said of the answer `itemId`; another one than before starts from nothing. */
  add(itemId: string, delta: string): void {
    if (itemId !== this.itemId) {
      this.itemId = itemId;
      this.kept = 0;
      this.fresh = '';
    }
    this.fresh += delta;
    this.schedule();
  }

  /** Resolves when nothing is on its way to the disk: what is stored next must stand behind it. */
  async rest(): Promise<void> {
    this.cancel?.();
    this.cancel = undefined;
    this.itemId = undefined;
    this.fresh = '';
    await this.writing;
  }

  private schedule(): void {
    if (this.cancel || this.writing || this.fresh === '') return;
    this.cancel = this.clock.after(KEEP_EVERY_MS, () => {
      this.cancel = undefined;
      this.writing = this.write(this.kept, this.fresh).finally(() => {
        this.writing = undefined;
        this.schedule();
      });
    });
  }

  /** What cannot be kept now goes along with what is said next. */
  private async write(from: number, text: string): Promise<void> {
    const { itemId, run } = this;
    this.fresh = '';
    this.kept = from + text.length;
    try {
      await this.sessions.keepPartial(run.sessionKey, run.runId, from, text);
    } catch {
      if (itemId !== this.itemId) return;
      this.kept = from;
      this.fresh = text + this.fresh;
    }
  }
}

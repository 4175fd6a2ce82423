import { type FeedProblem, type Offer, signedOffer, type UpdateFeed } from './update-feed.ts';
import type { PendingUpdate, UpdateGate } from './update-gate.ts';

/** The program that fetches updates and puts them in place: electron-updater. */
export interface Updater {
  /** What the feed offers above this version; undefined when this one is the newest. */
  check(): Promise<Offer | undefined>;
  /** Fetches what the last check has found, and checks it against its hash. */
  download(): Promise<void>;
  /** Ends this program, puts the new one in its place and starts it. */
  install(): void;
}

export interface UpdateDeskOptions {
  version: string;
  feed: UpdateFeed | FeedProblem;
  /** Name of the text in the feed that says what it offers. */
  feedFile: string;
  gate: UpdateGate;
  /** The text at an address; rejects when there is none. */
  fetchText(url: string): Promise<string>;
  openUpdater(): Promise<Updater>;
  /** Copies the program as it is now, and resolves to where the copy is. */
  keepPrevious(): Promise<string>;
  /** Puts a kept copy in place, or starts it where it is. */
  restore(previous: string): Promise<void>;
  /** Milliseconds are the caller's to limit: false when this program does not do what it is for. */
  probe(): Promise<boolean>;
}

export type UpdateCode =
  | FeedProblem
  /** The feed cannot be reached, or what it holds cannot be used. */
  | 'FEED_UNREACHABLE'
  /** What the feed offers is not signed by whoever made this program. */
  | 'FEED_SIGNATURE'
  | 'UPDATE_FAILED';

export type CheckOutcome =
  | { kind: 'current' }
  | { kind: 'available'; version: string }
  | { kind: 'failed'; code: UpdateCode; reason: string };

export type InstallOutcome = { kind: 'installing' } | { kind: 'failed'; code: UpdateCode; reason: string };

/** Finds, fetches and judges updates. Nothing is fetched that is not signed, and nothing is installed unasked. */
export class UpdateDesk {
  readonly #options: UpdateDeskOptions;
  #found: { updater: Updater; version: string } | undefined;

  constructor(options: UpdateDeskOptions) {
    this.#options = options;
  }

  /** Why this copy does not update itself; undefined when it can. */
  get unavailable(): FeedProblem | undefined {
    const { feed } = this.#options;
    return typeof feed === 'string' ? feed : undefined;
  }

  async check(): Promise<CheckOutcome> {
    const { feed } = this.#options;
    if (typeof feed === 'string') return failure(feed);
    this.#found = undefined;
    try {
      const signed = await this.#signedOffer(feed);
      if (!signed) return failure('FEED_SIGNATURE');
      const updater = await this.#options.openUpdater();
      const offer = await updater.check();
      if (!offer) return { kind: 'current' };
      if (!isSame(offer, signed)) return failure('FEED_SIGNATURE');
      this.#found = { updater, version: offer.version };
      return { kind: 'available', version: offer.version };
    } catch (error) {
      return failure('FEED_UNREACHABLE', error);
    }
  }

  /** Fetches and installs what the last check has found; this program is kept, and ends when all is ready. */
  async install(): Promise<InstallOutcome> {
    const found = this.#found;
    if (!found) return failure('UPDATE_FAILED');
    const { gate, keepPrevious, version: from } = this.#options;
    try {
      await found.updater.download();
      const previous = await keepPrevious();
      await gate.begin({ from, to: found.version, previous });
      found.updater.install();
      return { kind: 'installing' };
    } catch (error) {
      await gate.end();
      return failure('UPDATE_FAILED', error);
    }
  }

  /**
   * To be called once the program is up: an update that shows that it works is confirmed. Resolves to the update that
   * does not, or that was started before and not confirmed.
   */
  async judgeStart(): Promise<PendingUpdate | undefined> {
    const { gate, version, probe } = this.#options;
    const judgement = await gate.judge(version);
    if (judgement.kind === 'none') return undefined;
    const works = judgement.kind === 'trial' && (await probe().catch(() => false));
    if (!works) return judgement.pending;
    await gate.end();
    return undefined;
  }

  /** Back to the version before. */
  async goBack({ previous }: PendingUpdate): Promise<void> {
    await this.#options.restore(previous);
    await this.#options.gate.end();
  }

  /** Stays with the new version although it has not been confirmed. */
  keep(): Promise<void> {
    return this.#options.gate.end();
  }

  async #signedOffer({ url, key }: UpdateFeed): Promise<Offer | undefined> {
    const { fetchText, feedFile } = this.#options;
    const text = await fetchText(`${url}${feedFile}`);
    const signature = await fetchText(`${url}${feedFile}.sig`).catch(() => '');
    return signedOffer(text, signature, key);
  }
}

/** The updater reads the feed by itself: what it has read must be what was signed. */
const isSame = (offer: Offer, signed: Offer): boolean =>
  offer.version === signed.version && offer.hashes.every((hash) => signed.hashes.includes(hash));

function failure(code: UpdateCode, error?: unknown): { kind: 'failed'; code: UpdateCode; reason: string } {
  const reason = error instanceof Error ? error.message : '';
  return { kind: 'failed', code, reason };
}

import type { Clock } from '../lib/clock.ts';

/** A row of who is here; times are epoch milliseconds. The same shape goes over the wire. */
export interface PresenceRow {
  host?: string;
  ip?: string;
  version?: string;
  platform?: string;
  deviceFamily?: string;
  modelIdentifier?: string;
  timeZone?: string;
  mode?: string;
  lastInputSeconds?: number;
  reason?: string;
  tags?: string[];
  text?: string;
  ts: number;
  onlineSince?: number;
  deviceId?: string;
  roles?: string[];
  scopes?: string[];
  instanceId?: string;
}

const FORGET_AFTER_MS = 5 * 60_000;
const MAX_ROWS = 200;

/** Who is connected and who left lately, with a version that grows at each change. */
export class Presence {
  private readonly rows = new Map<string, { row: PresenceRow; online: boolean }>();
  private readonly clock: Clock;
  private readonly self: Omit<PresenceRow, 'ts'>;
  private changes = 1;

  constructor(clock: Clock, self: Omit<PresenceRow, 'ts'>) {
    this.clock = clock;
    this.self = self;
  }

  get version(): number {
    return this.changes;
  }

  /** Rows that are `online` stay; the others are forgotten after five minutes. Left out, that stays as it was. */
  upsert(key: string, row: Omit<PresenceRow, 'ts'>, online?: boolean): void {
    const known = this.rows.get(key);
    this.rows.delete(key);
    this.rows.set(key, {
      row: { ...known?.row, ...row, ts: this.clock.now() },
      online: online ?? known?.online ?? false,
    });
    this.prune();
    this.changes += 1;
  }

  /** The gateway itself first, then the newest. */
  list(): PresenceRow[] {
    this.prune();
    const others = [...this.rows.values()].map(({ row }) => row).reverse();
    return [{ ...this.self, ts: this.clock.now() }, ...others];
  }

  private prune(): void {
    const oldest = this.clock.now() - FORGET_AFTER_MS;
    for (const [key, { row, online }] of this.rows) {
      const surplus = this.rows.size > MAX_ROWS;
      if (!online && (row.ts < oldest || surplus)) this.rows.delete(key);
    }
  }
}

import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import { RpcError } from '../protocol/errors.ts';
import type { DeviceStore } from './device-store.ts';
import type { DeviceRecord, PendingDevice } from './paired-device.ts';

/** How long a sighting may wait to be written: it is worth less than the disk writes. */
const LAST_SEEN_DELAY_MS = 60_000;

export type DeviceMap = ReadonlyMap<string, DeviceRecord>;

/** Live connections of the device, in this role or in any, rest on a grant that is no more. */
export interface Invalidation {
  deviceId: string;
  role?: string;
  reason: 'approved' | 'rotated' | 'revoked' | 'removed';
}

/** Maps that are given replace the current ones; what is left out stays. */
export interface LedgerChange<T> {
  result: T;
  devices?: DeviceMap;
  pending?: ReadonlyMap<string, PendingDevice>;
  invalidated?: Invalidation;
}

/** Devices and requests in memory, never ahead of the disk: a change counts when it is stored. */
export class DeviceLedger {
  readonly #store: DeviceStore;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #listeners = new Set<(event: Invalidation) => void>();
  readonly #lastSeen = new Map<string, number>();
  #devices: DeviceMap;
  #pending: ReadonlyMap<string, PendingDevice>;
  #queue: Promise<void> = Promise.resolve();
  #cancelFlush: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(store: DeviceStore, clock: Clock, log: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#devices = new Map(store.paired.map((record) => [record.deviceId, record]));
    this.#pending = new Map(store.pending.map((entry) => [entry.requestId, entry]));
  }

  get pending(): ReadonlyMap<string, PendingDevice> {
    return this.#pending;
  }

  device(deviceId: string): DeviceRecord | undefined {
    const record = this.#devices.get(deviceId);
    return record === undefined ? undefined : this.#withLastSeen(record);
  }

  devices(): DeviceRecord[] {
    return [...this.#devices.values()].map((record) => this.#withLastSeen(record));
  }

  /**
   * Runs `step` after all earlier changes and resolves when its outcome is on disk; when that fails, no grant
   * has changed. Requests are stored first: whatever happens in between can lose a request, which the device
   * repeats, but cannot leave one behind that was granted already.
   */
  change<T>(step: (now: number) => LedgerChange<T>): Promise<T> {
    if (this.#closing !== undefined) {
      return Promise.reject(new RpcError('UNAVAILABLE', 'the gateway is stopping; retry when it is back'));
    }
    return this.#enqueue(step);
  }

  /** `devices` with one entry replaced. */
  devicesWith(record: DeviceRecord): DeviceMap {
    return new Map(this.#devices).set(record.deviceId, record);
  }

  devicesWithout(deviceId: string): DeviceMap {
    return new Map([...this.#devices].filter(([id]) => id !== deviceId));
  }

  touch(deviceId: string): void {
    if (this.#closing !== undefined || !this.#devices.has(deviceId)) return;
    this.#lastSeen.set(deviceId, this.#clock.now());
    this.#cancelFlush ??= this.#clock.after(LAST_SEEN_DELAY_MS, () => void this.#flush());
  }

  onInvalidated(listener: (event: Invalidation) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves when everything is on disk. */
  close(): Promise<void> {
    this.#closing ??= this.#cancelFlush === undefined ? this.#queue : this.#flush();
    return this.#closing;
  }

  /** Never rejects: a lost sighting must not keep anything from stopping. */
  async #flush(): Promise<void> {
    this.#cancelFlush?.();
    this.#cancelFlush = undefined;
    try {
      await this.#enqueue(() => ({ result: undefined, devices: this.#devices }));
    } catch (error) {
      this.#log.warn('Could not store when devices were seen last', { error: String(error) });
    }
  }

  #enqueue<T>(step: (now: number) => LedgerChange<T>): Promise<T> {
    const outcome = this.#queue.then(() => this.#apply(step(this.#clock.now())));
    this.#queue = outcome.then(
      () => {},
      () => {},
    );
    return outcome;
  }

  async #apply<T>({ devices, pending, invalidated, result }: LedgerChange<T>): Promise<T> {
    if (pending !== undefined) {
      await this.#store.writePending(pending.values());
      this.#pending = pending;
    }
    if (devices !== undefined) {
      await this.#store.writePaired([...devices.values()].map((record) => this.#withLastSeen(record)));
      this.#devices = devices;
    }
    if (invalidated !== undefined) this.#announce(invalidated);
    return result;
  }

  /** One listener that fails must not keep the others from ending their connections. */
  #announce(event: Invalidation): void {
    if (event.reason === 'removed') this.#lastSeen.delete(event.deviceId);
    for (const listener of [...this.#listeners]) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error('A listener failed on a device that lost its grant', { error: String(error) });
      }
    }
  }

  #withLastSeen(record: DeviceRecord): DeviceRecord {
    const lastSeenAtMs = this.#lastSeen.get(record.deviceId);
    return lastSeenAtMs === undefined ? record : { ...record, lastSeenAtMs };
  }
}

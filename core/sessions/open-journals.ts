import { type AppendSync, type Journal, openJournal } from '../store/journal.ts';

/** The journals that are written to at present, at most about `limit` of them open at a time. */
export interface OpenJournals {
  append(path: string, records: readonly object[], options?: AppendSync): ReturnType<Journal['append']>;
  /** Waits for what is being written and lets go of the file, before it is renamed or replaced. */
  release(path: string): Promise<void>;
  close(): Promise<void>;
}

interface Slot {
  journal: Promise<Journal>;
  users: number;
}

export function createOpenJournals(limit: number): OpenJournals {
  /** Least recently used first. */
  const slots = new Map<string, Slot>();
  const end = async (path: string, slot: Slot): Promise<void> => {
    slots.delete(path);
    const journal = await slot.journal.catch(() => undefined);
    await journal?.close();
  };
  const closeIdle = (): void => {
    for (const [path, slot] of slots) {
      if (slots.size <= limit) return;
      if (slot.users === 0) void end(path, slot).catch(() => {});
    }
  };
  return {
    async append(path, records, options) {
      const slot = slots.get(path) ?? { journal: openJournal(path), users: 0 };
      slots.delete(path);
      slots.set(path, slot);
      slot.users += 1;
      try {
        const journal = await slot.journal;
        return await journal.append(records, options);
      } catch (error) {
        const isOpen = await slot.journal.then(
          () => true,
          () => false,
        );
        if (!isOpen && slots.get(path) === slot) slots.delete(path);
        throw error;
      } finally {
        slot.users -= 1;
        closeIdle();
      }
    },
    async release(path) {
      const slot = slots.get(path);
      if (slot) await end(path, slot);
    },
    async close() {
      await Promise.all([...slots].map(([path, slot]) => end(path, slot)));
    },
  };
}

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { asObject, asText } from '../../core/lib/json.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../../core/store/atomic-file.ts';

/** An update that has not yet shown that it works. */
export interface PendingUpdate {
  from: string;
  to: string;
  /** The version of before, as it was: a file, or the directory of the app. */
  previous: string;
  /** Starts of the new version so far. */
  starts: number;
}

/** What a start means for an update that is pending. */
export type StartJudgement =
  | { kind: 'none' }
  /** The first start of the new version: it is to be probed, and confirmed when it works. */
  | { kind: 'trial'; pending: PendingUpdate }
  /** It was started before and has not lived to be confirmed. */
  | { kind: 'failed'; pending: PendingUpdate };

export interface UpdateGate {
  /** To be called before the new version is put in place. */
  begin(update: Omit<PendingUpdate, 'starts'>): Promise<void>;
  /** To be called once at each start, by the version that starts. */
  judge(version: string): Promise<StartJudgement>;
  /** The new version works, or the old one is back, or a person has decided to keep the new one. */
  end(): Promise<void>;
}

/** Kept in `<trayDir>/update.json`. The copy of the version before outlives the update, until the next one. */
export function openUpdateGate(trayDir: string): UpdateGate {
  const path = join(trayDir, 'update.json');
  const write = async (pending: PendingUpdate): Promise<void> => {
    await ensurePrivateDir(trayDir);
    await writeFileAtomic(path, `${JSON.stringify(pending, null, 2)}\n`);
  };
  const end = (): Promise<void> => rm(path, { force: true });
  return {
    begin: (update) => write({ ...update, starts: 0 }),
    end,
    async judge(version) {
      const pending = await readPending(path);
      if (!pending) return { kind: 'none' };
      // The old version is back, or another one has been installed by hand.
      if (pending.to !== version) {
        if (pending.from !== version) await end();
        return { kind: 'none' };
      }
      if (pending.starts > 0) return { kind: 'failed', pending };
      await write({ ...pending, starts: 1 });
      return { kind: 'trial', pending };
    },
  };
}

async function readPending(path: string): Promise<PendingUpdate | undefined> {
  const found = await readJsonFile(path);
  if (found.status !== 'ok') return undefined;
  const { starts, ...texts } = asObject(found.value);
  const [from, to, previous] = [asText(texts.from), asText(texts.to), asText(texts.previous)];
  if (!from || !to || !previous || typeof starts !== 'number') return undefined;
  return { from, to, previous, starts };
}

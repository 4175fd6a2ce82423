import { join } from 'node:path';
import * as z from 'zod';
import { asObject } from '../core/lib/json.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../core/store/atomic-file.ts';
import type { Destination } from './bridge/contract.ts';
import { destination as destinationShape } from './bridge/methods/connections.ts';
import type { LanguageChoice } from './tray-menu.ts';

/** A gateway elsewhere that was saved or used. It holds no secret. */
export interface KeptConnection {
  destination: Destination;
  name?: string | undefined;
  isSaved: boolean;
  /** Epoch milliseconds. */
  lastUsedAtMs?: number | undefined;
  /** The port of this computer at which a gateway behind SSH is reached, each time the same. */
  localPort?: number | undefined;
}

/** What a person has chosen in the app. */
export interface AppSettings {
  language: LanguageChoice;
  /** The gateway ran when the app was last used, so it is started with the app. */
  startsGateway: boolean;
  /** The gateway that the app is about. */
  destination: Destination;
  connections: readonly KeptConnection[];
  /** Look for updates once a day. Nothing is installed without being asked. */
  looksForUpdates: boolean;
}

export interface AppSettingsFile {
  readonly current: AppSettings;
  /** Nothing has ever been chosen here. */
  readonly isNew: boolean;
  change(fields: Partial<AppSettings>): Promise<void>;
  /** Resolves when each change up to now is on the disk or has failed. */
  settled(): Promise<void>;
}

const kept = z.object({
  destination: destinationShape,
  name: z.string().optional(),
  isSaved: z.boolean(),
  lastUsedAtMs: z.number().optional(),
  localPort: z.number().int().min(1).max(65_535).optional(),
});

export const DEFAULTS: AppSettings = {
  language: 'system',
  startsGateway: false,
  looksForUpdates: false,
  destination: { kind: 'local' },
  connections: [],
};

/** `<trayDir>/app.json`. A file that cannot be read counts as one that says nothing, and keys of others stay. */
export async function openAppSettings(trayDir: string): Promise<AppSettingsFile> {
  const path = join(trayDir, 'app.json');
  const found = await readJsonFile(path);
  let written = found.status === 'ok' ? asObject(found.value) : {};
  let isNew = found.status === 'missing';
  let current = settingsIn(written);
  let last: Promise<void> = Promise.resolve();
  return {
    get current() {
      return current;
    },
    get isNew() {
      return isNew;
    },
    change(fields) {
      isNew = false;
      current = { ...current, ...fields };
      written = { ...written, ...current };
      const text = `${JSON.stringify(written, null, 2)}\n`;
      const write = last.then(async () => {
        await ensurePrivateDir(trayDir);
        await writeFileAtomic(path, text);
      });
      last = write.catch(() => undefined);
      return write;
    },
    settled: () => last,
  };
}

function settingsIn(written: Record<string, unknown>): AppSettings {
  const { language, startsGateway, connections } = written;
  const destination = destinationShape.safeParse(written.destination);
  const list = Array.isArray(connections) ? connections : [];
  return {
    language: language === 'en' || language === 'zh-CN' ? language : DEFAULTS.language,
    startsGateway: startsGateway === true,
    looksForUpdates: written.looksForUpdates === true,
    destination: destination.success ? destination.data : DEFAULTS.destination,
    connections: list.flatMap((one) => {
      const entry = kept.safeParse(one);
      return entry.success ? [entry.data] : [];
    }),
  };
}

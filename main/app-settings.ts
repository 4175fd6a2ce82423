import { join } from 'node:path';
import { asObject } from '../core/lib/json.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../core/store/atomic-file.ts';
import type { LanguageChoice } from './tray-menu.ts';

/** What a person has chosen in the app. */
export interface AppSettings {
  language: LanguageChoice;
  /** The gateway ran when the app was last used, so it is started with the app. */
  startsGateway: boolean;
  /** Look for updates once a day. Nothing is installed without being asked. */
  looksForUpdates: boolean;
}

export interface AppSettingsFile {
  readonly current: AppSettings;
  change(fields: Partial<AppSettings>): Promise<void>;
}

const DEFAULTS: AppSettings = { language: 'system', startsGateway: false, looksForUpdates: false };

/** `<trayDir>/app.json`. A file that cannot be read counts as one that says nothing, and keys of others stay. */
export async function openAppSettings(trayDir: string): Promise<AppSettingsFile> {
  const path = join(trayDir, 'app.json');
  const found = await readJsonFile(path);
  let written = found.status === 'ok' ? asObject(found.value) : {};
  let current = settingsIn(written);
  let last: Promise<void> = Promise.resolve();
  return {
    get current() {
      return current;
    },
    change(fields) {
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
  };
}

function settingsIn({ language, startsGateway, looksForUpdates }: Record<string, unknown>): AppSettings {
  return {
    language: language === 'en' || language === 'zh-CN' ? language : DEFAULTS.language,
    startsGateway: startsGateway === true,
    looksForUpdates: looksForUpdates === true,
  };
}

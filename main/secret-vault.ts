import { join } from 'node:path';
import { asObject, asText } from '../core/lib/json.ts';
import { ensurePrivateDir, readJsonFile, writeFileAtomic } from '../core/store/atomic-file.ts';
import { AppError } from './app-error.ts';
import type { Keeping } from './bridge/contract.ts';

/** What Electron's safeStorage can do. */
export interface Encryption {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
  setUsePlainTextEncryption?(on: boolean): void;
}

/** Secrets that a person has asked to have remembered. */
export interface SecretVault {
  /** How well secrets can be kept here. */
  readonly keeping: Keeping;
  /** Undefined when there is none, or it cannot be read any more. */
  read(key: string): Promise<string | undefined>;
  /** Throws STORE_UNUSABLE. */
  write(key: string, secret: string): Promise<void>;
  forget(key: string): Promise<void>;
}

/** `<trayDir>/desktop-secrets.json` (0600): what is in it only safeStorage of the same user can read. */
export function openSecretVault(trayDir: string, encryption: Encryption): SecretVault {
  const path = join(trayDir, 'desktop-secrets.json');
  const isPlain = encryption.getSelectedStorageBackend?.() === 'basic_text';
  let last: Promise<void> = Promise.resolve();
  const readAll = async (): Promise<Record<string, unknown>> => {
    const found = await readJsonFile(path);
    return found.status === 'ok' ? asObject(found.value) : {};
  };
  const change = (edit: (all: Record<string, unknown>) => Record<string, unknown>): Promise<void> => {
    const write = last.then(async () => {
      await ensurePrivateDir(trayDir);
      await writeFileAtomic(path, `${JSON.stringify(edit(await readAll()), null, 2)}\n`);
    });
    last = write.catch(() => undefined);
    return write;
  };
  /** Without a store of the system, Electron encrypts only when it was told that plain text will do. */
  const isReady = (): boolean => {
    if (isPlain) encryption.setUsePlainTextEncryption?.(true);
    return encryption.isEncryptionAvailable();
  };
  return {
    keeping: isPlain ? 'plain' : encryption.isEncryptionAvailable() ? 'system' : 'none',
    async read(key) {
      const text = asText((await readAll())[key]);
      if (text === undefined || !isReady()) return undefined;
      try {
        return encryption.decryptString(Buffer.from(text, 'base64'));
      } catch {
        return undefined;
      }
    },
    async write(key, secret) {
      if (!isReady()) throw new AppError('STORE_UNUSABLE', (say) => say('noVault'));
      const text = encryption.encryptString(secret).toString('base64');
      await change((all) => ({ ...all, [key]: text }));
    },
    async forget(key) {
      if ((await readAll())[key] === undefined) return;
      await change(({ [key]: _, ...others }) => others);
    },
  };
}

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { type Encryption, openSecretVault } from './secret-vault.ts';

/** As safeStorage behaves: on Linux without a keychain it encrypts only when plain text was allowed. */
function storage(backend: string): Encryption {
  let isPlainAllowed = false;
  return {
    isEncryptionAvailable: () => backend !== 'basic_text' || isPlainAllowed,
    encryptString: (text) => Buffer.from([...Buffer.from(text)].map((byte) => byte ^ 0x55)),
    decryptString(encrypted) {
      const text = Buffer.from([...encrypted].map((byte) => byte ^ 0x55)).toString();
      if (text.includes('\ufffd')) throw new Error('cannot decrypt');
      return text;
    },
    getSelectedStorageBackend: () => backend,
    setUsePlainTextEncryption: (on) => {
      isPlainAllowed = on;
    },
  };
}

function dir(): string {
  const path = mkdtempSync(join(tmpdir(), 'openclaw-vault-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

it.each([
  ['gnome_libsecret', 'system'],
  ['basic_text', 'plain'],
])(
  'with %s secrets are kept by %s means, never as they are, and forgotten when asked',
  async (backend, keeping) => {
    const at = dir();
    const vault = openSecretVault(at, storage(backend));
    expect(vault.keeping).toBe(keeping);
    await vault.write('ssh ann@box', 'hunter2');
    await vault.write('other', 'more');
    const file = join(at, 'desktop-secrets.json');
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const again = openSecretVault(at, storage(backend));
    expect(await again.read('ssh ann@box')).toBe('hunter2');
    await again.forget('ssh ann@box');
    expect(await again.read('ssh ann@box')).toBeUndefined();
    expect(await again.read('other')).toBe('more');
  },
);

it('where there is no place for secrets nothing is written', async () => {
  const none: Encryption = { ...storage('unknown'), isEncryptionAvailable: () => false };
  const vault = openSecretVault(dir(), none);
  expect(vault.keeping).toBe('none');
  await expect(vault.write('key', 'secret')).rejects.toMatchObject({ code: 'STORE_UNUSABLE' });
  expect(await vault.read('key')).toBeUndefined();
});

import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UpdateDesk, type UpdateDeskOptions } from './update-desk.ts';
import { feedFile, readFeed, signedOffer } from './update-feed.ts';
import { openUpdateGate } from './update-gate.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const KEY = publicKey.export({ type: 'spki', format: 'pem' }).toString();
const HASH = Buffer.alloc(64, 7).toString('base64');
const TEXT = `version: 2026.12.0\nfiles:\n  - url: a.AppImage\n    sha512: ${HASH}\n    size: 3\npath: a.AppImage\nsha512: ${HASH}\n`;
const signatureOf = (text: string, key = privateKey): string =>
  sign(null, Buffer.from(text), key).toString('base64');

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'openclaw-update-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

interface Served {
  text?: string;
  signature?: string;
  offered?: string | undefined;
  hash?: string;
}

function desk(
  { text = TEXT, signature = signatureOf(TEXT), ...served }: Served,
  more: Partial<UpdateDeskOptions> = {},
) {
  const did: string[] = [];
  const { offered = '2026.12.0', hash = HASH } = served;
  const made = new UpdateDesk({
    version: '2026.11.0',
    feed: { url: 'https://updates.example/', key: KEY },
    feedFile: 'latest-linux.yml',
    gate: openUpdateGate(dir),
    fetchText: async (url) => (url.endsWith('.sig') ? signature : text),
    openUpdater: async () => ({
      check: async () =>
        'offered' in served && served.offered === undefined
          ? undefined
          : { version: offered, hashes: [hash] },
      download: async () => void did.push('download'),
      install: () => void did.push('install'),
    }),
    keepPrevious: async () => {
      did.push('keep');
      return '/kept';
    },
    restore: async (previous) => void did.push(`restore ${previous}`),
    probe: async () => true,
    ...more,
  });
  return { made, did };
}

describe('an update', () => {
  it('is found, fetched, and installed when the version of before is kept', async () => {
    const { made, did } = desk({});
    expect(await made.check()).toEqual({ kind: 'available', version: '2026.12.0' });
    expect(did).toEqual([]);
    expect(await made.install()).toEqual({ kind: 'installing' });
    expect(did).toEqual(['download', 'keep', 'install']);
  });

  it('is not there when this version is the newest', async () => {
    expect(await desk({ offered: undefined }).made.check()).toEqual({ kind: 'current' });
  });

  const other = generateKeyPairSync('ed25519').privateKey;
  it.each<[string, Served]>([
    ['not signed', { signature: '' }],
    ['signed by somebody else', { signature: signatureOf(TEXT, other) }],
    ['changed after it was signed', { text: TEXT.replace('2026.12.0', '2026.12.1') }],
    ['another version to the updater', { offered: '2026.13.0' }],
    ['another file to the updater', { hash: Buffer.alloc(64, 8).toString('base64') }],
  ])('is refused when its feed is %s', async (_what, served) => {
    const { made, did } = desk(served);
    expect(await made.check()).toMatchObject({ kind: 'failed', code: 'FEED_SIGNATURE' });
    expect(await made.install()).toMatchObject({ kind: 'failed', code: 'UPDATE_FAILED' });
    expect(did).toEqual([]);
  });

  it('leaves nothing pending when it cannot be fetched', async () => {
    const broken = { check: async () => ({ version: '2026.12.0', hashes: [HASH] }), install: () => {} };
    const download = (): Promise<void> => Promise.reject(new Error('checksum mismatch'));
    const { made } = desk({}, { openUpdater: async () => ({ ...broken, download }) });
    await made.check();
    expect(await made.install()).toMatchObject({
      kind: 'failed',
      code: 'UPDATE_FAILED',
      reason: 'checksum mismatch',
    });
    expect(await openUpdateGate(dir).judge('2026.12.0')).toEqual({ kind: 'none' });
  });

  it('says that the feed cannot be reached', async () => {
    const { made } = desk({}, { fetchText: () => Promise.reject(new Error('ECONNREFUSED')) });
    expect(await made.check()).toMatchObject({ kind: 'failed', code: 'FEED_UNREACHABLE' });
  });
});

describe('a new version', () => {
  const pending = { from: '2026.11.0', to: '2026.12.0', previous: '/kept' };

  it('that answers its own probe is confirmed, and asked no more', async () => {
    await openUpdateGate(dir).begin(pending);
    const { made } = desk({}, { version: '2026.12.0' });
    expect(await made.judgeStart()).toBeUndefined();
    expect(await openUpdateGate(dir).judge('2026.12.0')).toEqual({ kind: 'none' });
  });

  it.each<[string, () => Promise<boolean>]>([
    ['does not', async () => false],
    ['fails', () => Promise.reject(new Error('no'))],
  ])('whose probe %s gives the version before back', async (_what, probe) => {
    await openUpdateGate(dir).begin(pending);
    const { made, did } = desk({}, { version: '2026.12.0', probe });
    const found = await made.judgeStart();
    expect(found).toMatchObject(pending);
    if (found) await made.goBack(found);
    expect(did).toEqual(['restore /kept']);
    expect(await openUpdateGate(dir).judge('2026.11.0')).toEqual({ kind: 'none' });
  });

  it('that ended before it was confirmed is not trusted at its second start', async () => {
    await openUpdateGate(dir).begin(pending);
    await openUpdateGate(dir).judge('2026.12.0');
    const { made } = desk({}, { version: '2026.12.0' });
    expect(await made.judgeStart()).toMatchObject(pending);
    await made.keep();
    expect(await made.judgeStart()).toBeUndefined();
  });

  it('that never came does not concern the version that is still there', async () => {
    await openUpdateGate(dir).begin(pending);
    expect(await desk({}).made.judgeStart()).toBeUndefined();
  });
});

describe('the feed of a package', () => {
  const write = (name: string, text: string): Promise<void> => writeFile(join(dir, name), text);

  it('is none where it was installed by somebody who updates it', async () => {
    expect(await readFeed(dir)).toBe('NO_FEED');
  });

  it('counts only with a key, and without TLS only on this computer', async () => {
    await write(
      'app-update.yml',
      'provider: generic\nurl: http://updates.example/tray\nupdaterCacheDirName: x\n',
    );
    expect(await readFeed(dir)).toBe('FEED_UNSIGNED');
    await write('update-key.pem', KEY);
    expect(await readFeed(dir)).toBe('FEED_INSECURE');
    await write('app-update.yml', 'provider: generic\nurl: https://updates.example/tray\n');
    expect(await readFeed(dir)).toEqual({ url: 'https://updates.example/tray/', key: KEY });
  });

  it('is read only as it was signed, and with a key of the right kind', () => {
    expect(signedOffer(TEXT, signatureOf(TEXT), KEY)).toEqual({ version: '2026.12.0', hashes: [HASH, HASH] });
    expect(signedOffer(TEXT, signatureOf(TEXT), 'no key')).toBeUndefined();
    expect(signedOffer('version: 1\n', signatureOf('version: 1\n'), KEY)).toBeUndefined();
  });

  it('has the name that electron-updater looks for', () => {
    expect(feedFile('linux', 'x64')).toBe('latest-linux.yml');
    expect(feedFile('linux', 'arm64')).toBe('latest-linux-arm64.yml');
    expect(feedFile('darwin', 'arm64')).toBe('latest-mac.yml');
    expect(feedFile('win32', 'x64')).toBe('latest.yml');
  });
});

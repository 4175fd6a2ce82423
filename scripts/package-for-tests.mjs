/**
 * The app as its package has it, for tests: `node scripts/package-for-tests.mjs` builds it unless it is there already,
 * and prints the program that `OPENCLAW_TEST_APP` takes. Two directories: `released` is what a package holds, and
 * `inspectable` differs from it in the one fuse that lets a test attach.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildApp } from './app-bundle.mjs';
import { isFresh, writeStamp } from './build-stamp.mjs';
import { fetchElectron } from './electron-runtime.mjs';
import { makePackages } from './package.mjs';
import { root, setup } from './setup.mjs';

const output = join(root, 'dist', 'packages-for-tests');
const released = join(output, 'linux-unpacked');
const inspectable = join(output, 'inspectable');
const stampFile = join(root, 'dist', '.package-stamp.json');
const NAME = 'openclaw-tray';

/** Directories of the app; undefined where it cannot be packaged: no Electron, or not on Linux. */
export async function packageForTests() {
  const electron = process.platform === 'linux' ? await fetchElectron() : undefined;
  if (!electron) return undefined;
  await buildApp();
  if (!isFresh(stampFile)) await make(electron);
  return { released, inspectable, program: join(inspectable, NAME) };
}

/** Packages of `packageForTests`, of these targets: `deb`, `tar.gz`. They are not compressed, which takes minutes. */
export async function archivesForTests(targets, directory) {
  const electron = await fetchElectron();
  const overrides = { compression: 'store' };
  // A deb adds files of its own to the directory that it is made from.
  const prepackaged = join(output, 'for-archives');
  rmSync(prepackaged, { recursive: true, force: true });
  execFileSync('cp', ['-al', released, prepackaged]);
  try {
    return await makePackages({ electron, targets, output: directory, overrides, prepackaged });
  } finally {
    rmSync(prepackaged, { recursive: true, force: true });
  }
}

async function make(electron) {
  rmSync(output, { recursive: true, force: true });
  await makePackages({ electron, targets: ['dir'], output });
  execFileSync('cp', ['-al', released, inspectable]);
  const program = join(inspectable, NAME);
  rmSync(program);
  copyFileSync(join(released, NAME), program);
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses');
  await flipFuses(program, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
  });
  const outputs = [released, inspectable].map((dir) => relative(root, join(dir, NAME)));
  writeStamp(stampFile, [...inputs(electron), ...outputs]);
}

function inputs(electron) {
  const packaging = readdirSync(join(root, 'packaging'), { recursive: true }).map(
    (name) => `packaging/${name}`,
  );
  const scripts = ['package', 'package-content', 'package-for-tests'].map((name) => `scripts/${name}.mjs`);
  const built = ['dist/.build-stamp.json', 'dist/.app-stamp.json'];
  return [
    'electron-builder.yml',
    'package.json',
    relative(root, electron),
    ...packaging,
    ...scripts,
    ...built,
  ];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  const made = await packageForTests();
  if (made) console.log(made.program);
  else process.exitCode = 1;
}

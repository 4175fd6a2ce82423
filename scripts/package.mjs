/**
 * `npm run package [target …]`: packages of the app for this system by electron-builder.yml, in dist/packages. Targets
 * are those of electron-builder (`dir`, `deb`, `tar.gz`, `AppImage`, `dmg`, `nsis` …); without any, all of this system.
 * The Electron at hand goes in. What is made with one that stands in for the real one is for tests, and put elsewhere.
 */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildAppOrExit } from './app-bundle.mjs';
import { fetchElectron, isStandIn } from './electron-runtime.mjs';
import { root, setup } from './setup.mjs';

const configFile = join(root, 'electron-builder.yml');

/** Debian's 7-Zip, where electron-builder would otherwise download one. */
const SEVEN_ZIP = '/usr/bin/7zz';

/** Builds into `output`; `overrides` go over electron-builder.yml. Resolves to the files that were made. */
export async function makePackages({ electron, targets, output, overrides = {}, prepackaged }) {
  preferLocalTools();
  const { build, Platform } = await import('electron-builder');
  const dist = dirname(electron);
  const platform = Platform.current();
  const config = {
    extends: configFile,
    electronDist: dist,
    electronVersion: readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, ''),
    directories: { output: relative(root, output) },
    ...overrides,
  };
  return build({
    projectDir: root,
    targets: platform.createTarget(targets.length > 0 ? [...targets] : null),
    config,
    ...(prepackaged ? { prepackaged } : {}),
    publish: 'never',
  });
}

function preferLocalTools() {
  if (process.platform !== 'linux') return;
  if (existsSync(SEVEN_ZIP)) process.env.ELECTRON_BUILDER_7ZIP_PATH ??= SEVEN_ZIP;
  if (existsSync('/usr/bin/dpkg-deb'))
    process.env.CUSTOM_FPM_PATH ??= join(import.meta.dirname, 'deb-maker.mjs');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  await buildAppOrExit();
  const electron = await fetchElectron();
  if (electron) await packageAll(electron);
  else {
    console.error('There is no Electron, and it could not be fetched. Try: npx install-electron');
    process.exitCode = 1;
  }
}

async function packageAll(electron) {
  const isForTests = isStandIn(electron);
  const output = join(root, 'dist', isForTests ? 'packages-not-for-release' : 'packages');
  const made = await makePackages({ electron, targets: process.argv.slice(2), output });
  for (const path of made) console.log(relative(root, path));
  if (isForTests)
    console.log('Made with an Electron that stands in for the real one: for tests, not for release.');
}

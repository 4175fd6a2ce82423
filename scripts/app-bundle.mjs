/**
 * Bundles the desktop app into dist/app: main process and preload script by esbuild, the window by Vite, the icons as
 * they are. The app runs the command line beside it (scripts/build.mjs) as its gateway. Does nothing when neither an
 * input nor an output has changed.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build as buildCli, bundleOptions, filesApart, licencesOf } from './build.mjs';
import { isFresh, writeStamp } from './build-stamp.mjs';
import { root, setup } from './setup.mjs';

/** A directory that Electron runs. */
export const appDir = join(root, 'dist', 'app');
const windowDir = join(appDir, 'window');
const iconDir = join(root, 'main', 'icons');
const stampFile = join(root, 'dist', '.app-stamp.json');
const made = ['scripts/app-bundle.mjs', 'scripts/build.mjs', 'package.json'];

const mainOptions = {
  ...bundleOptions,
  entryPoints: ['main/index.ts'],
  outfile: join(appDir, 'main.cjs'),
  external: ['electron', 'original-fs'],
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [filesApart('..'), ...bundleOptions.plugins.slice(1)],
};
/** What fetches updates is a file of its own, which is not read before one is looked for. */
const updaterFile = 'updater.cjs';
const updaterApart = {
  name: 'updater-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/updater-library\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: `./${updaterFile}`, external: true } : undefined,
    ),
};
mainOptions.plugins = [...mainOptions.plugins, updaterApart];
const updaterOptions = {
  ...mainOptions,
  entryPoints: ['main/update/updater-library.ts'],
  outfile: join(appDir, updaterFile),
};

/** Reads log files beside the main process. */
const logWorkerOptions = {
  ...mainOptions,
  entryPoints: ['main/log-worker.ts'],
  outfile: join(appDir, 'log-worker.cjs'),
};
const preloadOptions = {
  ...mainOptions,
  entryPoints: ['main/bridge/preload.ts'],
  outfile: join(appDir, 'preload.cjs'),
  plugins: [],
};

/** A strict content policy knows no inline scripts and styles, so nothing is put into the page itself. */
const windowOptions = {
  configFile: false,
  root: join(root, 'renderer'),
  base: './',
  logLevel: 'warn',
  esbuild: { jsx: 'automatic' },
  // Packages are named by where they are installed, so that their licences are found.
  resolve: { preserveSymlinks: true },
  build: {
    outDir: windowDir,
    emptyOutDir: true,
    target: 'chrome130',
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2000,
  },
};

/** Command line and app; true when one of them was built. */
export async function buildApp() {
  const builtCli = await buildCli();
  if (isFresh(stampFile)) return builtCli;
  const inputs = [...(await bundleMain()), ...(await bundleWindow()), ...copyIcons()];
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const description = { name: 'openclaw-tray', productName: 'OpenClaw Tray', version, main: 'main.cjs' };
  writeFileSync(join(appDir, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
  writeFileSync(join(appDir, 'licenses.txt'), licencesOf(inputs));
  writeStamp(stampFile, [...new Set([...inputs, ...made, ...filesIn(appDir)])]);
  return true;
}

/** For programs that cannot go on without the app: says what is wrong and ends. */
export async function buildAppOrExit() {
  try {
    return await buildApp();
  } catch (error) {
    console.error(`The app could not be built: ${error.message}`);
    return process.exit(1);
  }
}

async function bundleMain() {
  const esbuild = await import('esbuild');
  const results = await Promise.all(
    [mainOptions, updaterOptions, preloadOptions, logWorkerOptions].map((options) => esbuild.build(options)),
  );
  for (const { text, location } of results.flatMap(({ warnings }) => warnings))
    console.warn(`${location?.file}:${location?.line}: ${text}`);
  mkdirSync(appDir, { recursive: true });
  for (const { path, contents } of results.flatMap(({ outputFiles }) => outputFiles))
    writeFileSync(path, contents);
  return [...new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)))].filter(
    (path) => !path.includes(':'),
  );
}

async function bundleWindow() {
  const { build } = await import('vite');
  const { output } = await build(windowOptions);
  const modules = output
    .flatMap((chunk) => chunk.moduleIds ?? [])
    .map((id) => id.replace(/[?].*$/, ''))
    .filter((id) => id.startsWith(root));
  return [...new Set([...modules.map((id) => relative(root, id)), ...filesIn(join(root, 'renderer'))])];
}

function copyIcons() {
  const target = join(appDir, 'icons');
  rmSync(target, { recursive: true, force: true });
  cpSync(iconDir, target, { recursive: true });
  return filesIn(iconDir);
}

const filesIn = (dir) =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  const startedAt = performance.now();
  if (await buildAppOrExit()) console.log(`Built dist in ${Math.round(performance.now() - startedAt)} ms`);
}

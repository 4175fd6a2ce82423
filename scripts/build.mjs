/**
 * Bundles the command line into dist/openclaw.cjs: one file, in which `import()` still evaluates a
 * module only when it is reached. The libraries of model providers are a second file, as large again as all the
 * rest, that is read when the first model is asked. The desktop app goes to dist/app. Does nothing when no input has
 * changed.
 */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setup } from './setup.mjs';

export const bundle = join(root, 'dist', 'openclaw.cjs');
const providers = join(root, 'dist', 'providers.cjs');
const licences = join(root, 'dist', 'openclaw.licenses.txt');
const stampFile = join(root, 'dist', '.build-stamp.json');
/** For packages that name their licence but do not carry its text. */
const licenceTexts = { 'Apache-2.0': 'node_modules/typescript/LICENSE.txt' };
const hashbang = '#!/usr/bin/env node\n';

const providersApart = {
  name: 'providers-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/provider-sdk\.ts$/ }, ({ kind }) =>
      kind === 'dynamic-import' ? { path: './providers.cjs', external: true } : undefined,
    ),
};

/** Names stay, so that a user's stack trace can be read. Whitespace goes: reading it costs a tenth of the start. */
export const bundleOptions = {
  absWorkingDir: root,
  entryPoints: ['cli/index.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node20.18',
  format: 'cjs',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  logLevel: 'silent',
  metafile: true,
  write: false,
  plugins: [providersApart],
};

const providerOptions = {
  ...bundleOptions,
  entryPoints: ['core/models/provider-sdk.ts'],
  outfile: providers,
};

/** The desktop app: a directory that Electron runs, beside the command line that it starts as its gateway. */
export const appDir = join(root, 'dist', 'app');
const rendererDir = join(root, 'renderer');
const iconDir = join(root, 'main', 'icons');

const appOptions = {
  ...bundleOptions,
  entryPoints: ['main/index.ts'],
  outfile: join(appDir, 'main.cjs'),
  external: ['electron'],
  define: { 'import.meta.dirname': '__dirname' },
  plugins: [],
};
const preloadOptions = {
  ...appOptions,
  entryPoints: ['main/bridge/preload.ts'],
  outfile: join(appDir, 'preload.cjs'),
};
const windowOptions = {
  ...bundleOptions,
  entryPoints: ['renderer/window.ts'],
  outfile: join(appDir, 'window', 'window.js'),
  platform: 'browser',
  target: 'chrome130',
  format: 'iife',
  plugins: [],
};

/** Files that are copied as they are: from → to. */
function appFiles() {
  const icons = readdirSync(iconDir).map((name) => [join(iconDir, name), join(appDir, 'icons', name)]);
  const pages = ['index.html', 'window.css'].map((name) => [
    join(rendererDir, name),
    join(appDir, 'window', name),
  ]);
  return [...icons, ...pages];
}

function writeApp(results) {
  for (const { path, contents } of results.flatMap(({ outputFiles }) => outputFiles)) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, contents);
  }
  for (const [from, to] of appFiles()) {
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const description = { name: 'openclaw-tray', productName: 'OpenClaw Tray', version, main: 'main.cjs' };
  writeFileSync(join(appDir, 'package.json'), `${JSON.stringify(description, null, 2)}\n`);
}

/** Returns true when it built, false when the bundle on disk was up to date. */
export async function build() {
  if (isFresh()) return false;
  assertOneVersion();
  const esbuild = await import('esbuild');
  const results = await Promise.all(
    [bundleOptions, providerOptions, appOptions, preloadOptions, windowOptions].map((options) =>
      esbuild.build(options),
    ),
  );
  for (const { text, location } of results.flatMap(({ warnings }) => warnings))
    console.warn(`${location?.file}:${location?.line}: ${text}`);
  const inputsOf = (some) => [...new Set(some.flatMap(({ metafile }) => Object.keys(metafile.inputs)))];
  const [text, providersText] = results.map(({ outputFiles }) => outputFiles[0].text);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(bundle, text.startsWith('#!') ? text : hashbang + text);
  chmodSync(bundle, 0o755);
  writeFileSync(providers, providersText);
  writeFileSync(licences, licencesOf(inputsOf(results.slice(0, 2))));
  writeApp(results.slice(2));
  const others = [...appFiles().map(([from]) => relative(root, from)), 'scripts/build.mjs', 'package.json'];
  writeFileSync(stampFile, JSON.stringify(stampOf([...inputsOf(results), ...others])));
  return true;
}

/** package.json and core/version.ts say the same, or the build stops. */
export function assertOneVersion() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, inSource] = /VERSION = '([^']+)'/.exec(readFileSync(join(root, 'core/version.ts'), 'utf8')) ?? [];
  if (version === inSource) return;
  throw new Error(`package.json says version ${version}, core/version.ts says ${inSource}: make them equal.`);
}

/** path → size and modification time; undefined for a file that is gone, so that it counts as changed. */
function stampOf(paths) {
  return Object.fromEntries(
    paths.map((path) => {
      const stat = statSync(join(root, path), { throwIfNoEntry: false });
      return [path, stat ? `${stat.size} ${stat.mtimeMs}` : undefined];
    }),
  );
}

function isFresh() {
  if (![bundle, providers, join(appDir, 'main.cjs'), stampFile].every((path) => existsSync(path)))
    return false;
  try {
    const before = JSON.parse(readFileSync(stampFile, 'utf8'));
    return JSON.stringify(stampOf(Object.keys(before))) === JSON.stringify(before);
  } catch {
    return false;
  }
}

/** The licence of each bundled package, as its licence asks of whoever passes it on. */
function licencesOf(inputs) {
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const path = file ? join(folder, file) : licenceTexts[license];
  if (!path) throw new Error(`${name} is bundled, but there is no text of its licence (${license}).`);
  const text = readFileSync(join(root, path), 'utf8').trim();
  return `${name} ${version} (${license}, https://www.npmjs.com/package/${name})\n\n${text}\n`;
}

/** For programs that cannot go on without a bundle: says what is wrong and ends. */
export async function buildOrExit() {
  try {
    return await build();
  } catch (error) {
    console.error(`The bundle could not be built: ${error.message}`);
    return process.exit(1);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setup();
  const startedAt = performance.now();
  if (await buildOrExit())
    console.log(`Built dist/openclaw.cjs in ${Math.round(performance.now() - startedAt)} ms`);
}

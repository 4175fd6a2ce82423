/**
 * Bundles the command line into dist/openclaw.cjs: one file, in which `import()` still evaluates a
 * module only when it is reached. Large libraries that few commands need are files beside it: those of model
 * providers, read when the first model is asked, and SSH. Does nothing when no input has changed.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root, setup } from './setup.mjs';

export const bundle = join(root, 'dist', 'openclaw.cjs');
const licences = join(root, 'dist', 'openclaw.licenses.txt');
const stampFile = join(root, 'dist', '.build-stamp.json');
/** For packages that name their licence but do not carry its text. */
const licenceTexts = { 'Apache-2.0': 'node_modules/typescript/LICENSE.txt' };
const hashbang = '#!/usr/bin/env node\n';

/** Modules that become files of their own, wherever they are reached by `import()`. */
const apart = [
  { entry: 'core/models/provider-sdk.ts', file: 'providers.cjs' },
  { entry: 'core/ssh/ssh-library.ts', file: 'ssh.cjs' },
];

const filesApart = {
  name: 'files-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/(provider-sdk|ssh-library)\.ts$/ }, ({ kind, path }) => {
      const { file } = apart.find(({ entry }) => basename(entry) === basename(path));
      return kind === 'dynamic-import' ? { path: `./${file}`, external: true } : undefined;
    }),
};

/** Compiled for one machine: SSH does without, in JavaScript and with the ciphers of Node. */
const withoutNative = {
  name: 'without-native',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /(\.node|^cpu-features)$/ }, ({ path }) => ({ path, namespace: 'native' }));
    onLoad({ filter: /.*/, namespace: 'native' }, () => ({ contents: "throw new Error('not bundled')" }));
  },
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
  plugins: [filesApart, withoutNative],
};

const distFile = (name) => join(root, 'dist', name);
const apartOptions = apart.map(({ entry, file }) => ({
  ...bundleOptions,
  entryPoints: [entry],
  outfile: distFile(file),
}));

/** Returns true when it built, false when the bundle on disk was up to date. */
export async function build() {
  if (isFresh()) return false;
  assertOneVersion();
  const esbuild = await import('esbuild');
  const results = await Promise.all(
    [bundleOptions, ...apartOptions].map((options) => esbuild.build(options)),
  );
  for (const { text, location } of results.flatMap(({ warnings }) => warnings))
    console.warn(`${location?.file}:${location?.line}: ${text}`);
  const inputs = [...new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)))];
  const [text, ...apartTexts] = results.map(({ outputFiles }) => outputFiles[0].text);
  mkdirSync(join(root, 'dist'), { recursive: true });
  writeFileSync(bundle, text.startsWith('#!') ? text : hashbang + text);
  chmodSync(bundle, 0o755);
  for (const [index, { file }] of apart.entries()) writeFileSync(distFile(file), apartTexts[index]);
  writeFileSync(licences, licencesOf(inputs));
  writeFileSync(stampFile, JSON.stringify(stampOf([...inputs, 'scripts/build.mjs', 'package.json'])));
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
  if (![bundle, ...apart.map(({ file }) => distFile(file)), stampFile].every((path) => existsSync(path)))
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

/**
 * Bundles the command line into dist/openclaw.parts, whose parts dist/openclaw.cjs loads when an `import()` is
 * reached. Large libraries that few commands need are files beside them: those of model providers, of SSH, and for
 * making certificates. Does nothing when neither an input nor an output has changed.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isFresh, writeStamp } from './build-stamp.mjs';
import { partsOf } from './bundle-files.mjs';
import { root, setup } from './setup.mjs';

export const bundle = join(root, 'dist', 'openclaw.cjs');
const licences = join(root, 'dist', 'openclaw.licenses.txt');
const stampFile = join(root, 'dist', '.build-stamp.json');
/** For packages that name their licence but do not carry its text. */
const licenceTexts = { 'Apache-2.0': 'node_modules/typescript/LICENSE.txt', MIT: 'LICENSE' };

/** Modules that become files of their own with their libraries, wherever they are reached by `import()`. */
const apart = [
  { entry: 'core/models/provider-sdk.ts', file: 'providers.cjs' },
  { entry: 'core/ssh/ssh-library.ts', file: 'ssh.cjs' },
  { entry: 'core/tls/self-signed.ts', file: 'certificates.cjs' },
];
const distOf = ({ file }) => join(root, 'dist', file);

/** `dir` leads from the file that is made to those apart. */
export const filesApart = (dir) => ({
  name: 'files-apart',
  setup: ({ onResolve }) => {
    for (const { entry, file } of apart) {
      const filter = new RegExp(`/${basename(entry).replace('.', '\\.')}$`);
      onResolve({ filter }, ({ kind }) =>
        kind === 'dynamic-import' ? { path: `${dir}/${file}`, external: true } : undefined,
      );
    }
  },
});

/** Compiled for one machine: SSH does without, in JavaScript and with the ciphers of Node. */
const withoutNative = {
  name: 'without-native',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /(\.node|^cpu-features)$/ }, ({ path }) => ({ path, namespace: 'native' }));
    onLoad({ filter: /.*/, namespace: 'native' }, () => ({ contents: "throw new Error('not bundled')" }));
  },
};

/** The parser starts programs only for commands that are files of their own, which we have none of. */
const parserWithoutProcesses = {
  name: 'parser-without-processes',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:child_process$/ }, ({ path, importer }) =>
      /node_modules[\\/]commander[\\/]/.test(importer) ? { path, namespace: 'when-called' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'when-called' }, ({ path }) => ({
      contents: `exports.spawn = (...args) => require('${path}').spawn(...args);`,
    }));
  },
};

/** Configurations are JSON mostly, and then nobody needs a parser of JSON5. */
const json5WhenCalled = {
  name: 'json5-when-called',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^json5$/ }, ({ namespace }) =>
      namespace === 'json5' ? undefined : { path: 'json5', namespace: 'json5' },
    );
    onLoad({ filter: /.*/, namespace: 'json5' }, () => ({
      contents: `exports.parse = (...args) => require('json5').parse(...args);
        exports.stringify = (...args) => require('json5').stringify(...args);`,
      resolveDir: root,
    }));
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
  // Compiled helpers of `ws`, which are not there; looking for them takes time.
  define: { 'process.env.WS_NO_BUFFER_UTIL': '"1"', 'process.env.WS_NO_UTF_8_VALIDATE': '"1"' },
  logLevel: 'silent',
  metafile: true,
  write: false,
  plugins: [filesApart('.'), withoutNative, parserWithoutProcesses, json5WhenCalled],
};

export const splitOptions = {
  ...bundleOptions,
  outfile: undefined,
  outdir: join(root, 'dist'),
  outExtension: { '.js': '.cjs' },
  format: 'esm',
  splitting: true,
};

export const transformOptions = {
  format: 'cjs',
  platform: 'node',
  target: bundleOptions.target,
  supported: { 'dynamic-import': false },
  minifySyntax: true,
  minifyWhitespace: true,
};

export const loaderOptions = { ...bundleOptions, entryPoints: ['cli/loader/index.ts'] };

const apartOptions = apart.map((part) => ({
  ...bundleOptions,
  entryPoints: [part.entry],
  outfile: distOf(part),
}));

/** Returns true when it built, false when the bundle on disk was up to date. */
export async function build() {
  if (isFresh(stampFile)) return false;
  assertOneVersion();
  const esbuild = await import('esbuild');
  const results = await Promise.all(
    [splitOptions, loaderOptions, ...apartOptions].map((options) => esbuild.build(options)),
  );
  for (const { text, location } of results.flatMap(({ warnings }) => warnings))
    console.warn(`${location?.file}:${location?.line}: ${text}`);
  const inputs = [...new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)))];
  const [split, ...others] = results;
  const transform = async (text) => (await esbuild.transform(text, transformOptions)).code;
  const files = new Map([['openclaw.parts', await partsOf(split, { entry: 'cli/index.ts', transform })]]);
  for (const { outputFiles } of others) files.set(basename(outputFiles[0].path), outputFiles[0].text);
  writeFiles(files);
  writeFileSync(licences, licencesOf(inputs));
  const made = ['scripts/build.mjs', 'scripts/bundle-files.mjs', 'package.json'];
  const outputs = [...files.keys()].map((path) => `dist/${path}`);
  writeStamp(stampFile, [...inputs, ...made, ...outputs]);
  return true;
}

/** Programs that are running keep what they have opened. */
function writeFiles(files) {
  const folder = join(root, 'dist');
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of files) {
    const temporary = join(folder, `.${path}.${process.pid}`);
    writeFileSync(temporary, text);
    if (path === basename(bundle)) chmodSync(temporary, 0o755);
    renameSync(temporary, join(folder, path));
  }
}

/** package.json and core/version.ts say the same, or the build stops. */
export function assertOneVersion() {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const [, inSource] = /VERSION = '([^']+)'/.exec(readFileSync(join(root, 'core/version.ts'), 'utf8')) ?? [];
  if (version === inSource) return;
  throw new Error(`package.json says version ${version}, core/version.ts says ${inSource}: make them equal.`);
}

/** The licence of each bundled package, as its licence asks of whoever passes it on. */
export function licencesOf(inputs) {
  const folders = inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  return [...new Set(folders)]
    .filter((folder) => folder !== undefined)
    .sort()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

function licenceOf(folder) {
  const { name, version, license, author } = JSON.parse(
    readFileSync(join(root, folder, 'package.json'), 'utf8'),
  );
  const file = readdirSync(join(root, folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const path = file ? join(folder, file) : licenceTexts[license];
  if (!path) throw new Error(`${name} is bundled, but there is no text of its licence (${license}).`);
  const found = readFileSync(join(root, path), 'utf8').trim();
  const text = file
    ? found
    : found.replace(/^Copyright \(c\) .*$/m, `Copyright (c) ${author?.name ?? author}`);
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

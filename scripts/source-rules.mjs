/** House rules that neither the compiler nor the linter sees: sizes, escape hatches, lazy start-up, links. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleOptions } from './build.mjs';
import { root } from './setup.mjs';

const productRooms = ['core', 'cli', 'main', 'renderer'];
const allRooms = [...productRooms, 'e2e', 'bench', 'scripts'];
const maxLines = 300;

/** Long because they are lists of data, not because they do much. */
const dataTables = [];

/** Each says what it means and where it holds; tests may expect a type error, nothing may ignore one. */
const escapes = [
  { pattern: /@ts-(ignore|nocheck)/, says: 'silences the compiler' },
  { pattern: /@ts-expect-error/, says: 'silences the compiler', only: 'product' },
  { pattern: /biome-ignore|eslint-disable|oxlint-disable|prettier-ignore/, says: 'silences the linter' },
  { pattern: /\b(TODO|FIXME|XXX|HACK)\b|\b(for now|not implemented)\b/, says: 'leaves work for later' },
  { pattern: /\b(it|test|describe)\.(only|skip|todo|fails)\b/, says: 'is a test that does not run' },
  { pattern: /^(export )?(let|var) /, says: 'is state of the module', only: 'product' },
  {
    pattern: /^(export )?const \w+(: [^=]+)? = new (Map|Set|WeakMap)\b.*\(\);/,
    says: 'is state of the module',
    only: 'product',
  },
];

const listed = (rooms) =>
  rooms
    .filter((room) => existsSync(join(root, room)))
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true })
        .map((path) => `${room}/${path.replaceAll('\\', '/')}`)
        .filter((path) => /\.(ts|tsx|mts|mjs|cjs)$/.test(path) && !path.includes('node_modules/')),
    );

const isTest = (path) => /\.(test|spec)\.\w+$|\/testing\/|^e2e\//.test(path);
const linesOf = (path) => readFileSync(join(root, path), 'utf8').split('\n');

export function sizeProblems() {
  return listed([...productRooms, 'scripts', 'bench'])
    .filter((path) => !isTest(path) && !dataTables.includes(path))
    .map((path) => ({ path, lines: linesOf(path).length - 1 }))
    .filter(({ lines }) => lines > maxLines)
    .map(
      ({ path, lines }) => `${path} has ${lines} lines; ${maxLines} are allowed. Split it by what it does.`,
    );
}

export function escapeProblems() {
  return listed(allRooms)
    .filter((path) => !path.startsWith('scripts/source-rules.'))
    .flatMap((path) => {
      const isProduct = !isTest(path) && productRooms.some((room) => path.startsWith(`${room}/`));
      return escapesIn(linesOf(path), isProduct).map((text) => `${path}:${text}`);
    });
}

/** Each escape in these lines as `<line number> "<words>" <what it does>`. */
export function escapesIn(lines, isProduct) {
  const rules = escapes.filter(({ only }) => only === undefined || isProduct);
  return lines.flatMap((line, index) =>
    rules
      .filter(({ pattern }) => pattern.test(line))
      .map(({ pattern, says }) => `${index + 1} "${pattern.exec(line)[0].trim()}" ${says}`),
  );
}

/**
 * What a query needs before it can ask must not evaluate the schemas or the server, and nothing at all may
 * evaluate a model library before a model is asked, nor the SSH library before somebody connects. Follows the static
 * imports of the bundle from these entries.
 */
const lazyRules = [
  {
    entries: [/^cli\//, /^core\/client\//, /^core\/config\/(paths|read|settings|secrets)\.ts$/],
    slow: [/node_modules\/zod\//, /^core\/server\//, /^core\/protocol\/(contract|methods\/.*)\.ts$/],
  },
  {
    entries: [/^(cli|main|core(?!\/(models\/provider-sdk|ssh\/ssh-library)\.ts))\//],
    slow: [/node_modules\/@ai-sdk\//, /node_modules\/ssh2\//],
  },
];

export async function laziness() {
  const esbuild = await import('esbuild');
  const { metafile } = await esbuild.build({
    ...bundleOptions,
    plugins: bundleOptions.plugins.filter(({ name }) => name !== 'files-apart'),
  });
  return lazinessProblems(metafile.inputs);
}

/** `inputs` of an esbuild metafile → problems as sentences, one for each import that has to become lazy. */
export function lazinessProblems(inputs, rules = lazyRules) {
  const names = Object.keys(inputs);
  const unseen = rules
    .flatMap(({ slow }) => slow)
    .filter((pattern) => !names.some((name) => pattern.test(name)));
  const chains = new Map();
  for (const { entries, slow } of rules) {
    for (const entry of names.filter((name) => entries.some((pattern) => pattern.test(name)))) {
      const chain = staticChain(inputs, entry, (name) => slow.some((pattern) => pattern.test(name)));
      const [importer, imported] = chain?.slice(-2) ?? [];
      if (chain && !chains.has(`${importer} ${imported}`)) chains.set(`${importer} ${imported}`, chain);
    }
  }
  return [
    ...unseen.map((pattern) => `nothing in the bundle matches ${pattern}: mend the pattern`),
    ...[...chains.values()].map((chain) => `${chain.at(-1)} is evaluated at start: ${chain.join(' → ')}`),
  ];
}

function staticChain(inputs, entry, isWanted) {
  const queue = [[entry]];
  const seen = new Set([entry]);
  for (const chain of queue) {
    if (isWanted(chain.at(-1))) return chain;
    for (const { path, kind } of inputs[chain.at(-1)]?.imports ?? []) {
      if (kind === 'dynamic-import' || seen.has(path)) continue;
      seen.add(path);
      queue.push([...chain, path]);
    }
  }
  return undefined;
}

/** Relative links, their anchors, and files of this project that a page names. */
export function docProblems() {
  const pages = ['README.md', 'CONTRIBUTING.md', ...docsIn('docs')];
  return pages.flatMap((page) => {
    if (!existsSync(join(root, page))) return [`${page} is missing`];
    const text = readFileSync(join(root, page), 'utf8');
    return [...brokenLinks(page, text), ...missingFiles(page, text)];
  });
}

const docsIn = (dir) =>
  readdirSync(join(root, dir))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${dir}/${name}`);

function brokenLinks(page, text) {
  return [...text.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(#[^)\s]*)?\)/g)].flatMap(([, path, anchor]) => {
    const target = path === '' ? page : join(dirname(page), path).replaceAll('\\', '/');
    if (!existsSync(join(root, target))) return [`${page} links to ${path}, which does not exist`];
    if (!anchor || !target.endsWith('.md')) return [];
    const anchors = anchorsOf(readFileSync(join(root, target), 'utf8'));
    return anchors.has(anchor.slice(1)) ? [] : [`${page} links to ${target}${anchor}: no such heading`];
  });
}

function anchorsOf(text) {
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function missingFiles(page, text) {
  const named = [
    ...text.matchAll(
      /(?<![\w./<-])((?:core|cli|main|renderer|scripts|bench|docs|e2e)\/[\w./-]+\.(?:[cm]?[jt]s|md))\b/g,
    ),
  ];
  return named
    .filter(([, path]) => !existsSync(join(root, path)))
    .map(([, path]) => `${page} names ${path}, which does not exist`);
}

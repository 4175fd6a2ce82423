/**
 * Makes files for Node from what esbuild splits by `import()`. The program is openclaw.cjs, a loader; in parts/
 * is a file for every part, so that a command reads no more than it evaluates. A part is evaluated once,
 * wherever its text came from: classes and state are the same for all who use it.
 */
import { basename } from 'node:path';

const hashbang = '#!/usr/bin/env node\n';

/** Names of parts and of files beside them are relative to parts/; any other is a module of Node. */
const loader = (entry) => `${hashbang}'use strict';
const parts = {}, loaded = {};
const load = (name) => {
  if (loaded[name]) return loaded[name].exports;
  if (!name.startsWith('./')) return require(name.startsWith('.') ? './parts/' + name : name);
  if (!parts[name]) Object.assign(parts, require('./parts/' + name.slice(2)));
  const module = (loaded[name] = { exports: {} });
  parts[name](module.exports, load, module);
  return module.exports;
};
load('${entry}');
`;

const nameOf = (path) => `./${basename(path)}`;

/**
 * Path below dist → text, from a build with `splitting`. The file of an entry in `whole` carries all that this
 * entry can ever reach: a process that runs for days goes on while its installation is replaced.
 */
export async function filesOf({ metafile, outputFiles }, { entry, whole, transform }) {
  const texts = new Map();
  for (const { path, text } of outputFiles) texts.set(nameOf(path), await functionOf(text, transform));
  const parts = Object.entries(metafile.outputs).map(([path, { entryPoint, imports }]) => ({
    name: nameOf(path),
    entryPoint,
    imports: imports.filter(({ external }) => !external).map((each) => nameOf(each.path)),
  }));
  const importsOf = new Map(parts.map(({ name, imports }) => [name, imports]));
  const files = parts.map(({ name, entryPoint }) => {
    const names = whole.includes(entryPoint) ? reached(importsOf, name) : [name];
    return [`parts/${name.slice(2)}`, tableOf(names, texts)];
  });
  const first = parts.find(({ entryPoint }) => entryPoint === entry);
  return new Map([...files, ['openclaw.cjs', loader(first.name)]]);
}

function reached(importsOf, from) {
  const found = new Set([from]);
  for (const name of found) for (const next of importsOf.get(name)) found.add(next);
  return [...found];
}

const tableOf = (names, texts) =>
  `'use strict';module.exports={${names.map((name) => `'${name}':${texts.get(name)}`).join(',\n')}};\n`;

/** A part as a function that fills `exports`; its `import()` calls the loader. In brackets, V8 parses it once. */
async function functionOf(text, transform) {
  return `(function(exports,require,module){${await transform(text.replace(hashbang, ''))}})`;
}

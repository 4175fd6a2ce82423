/**
 * Makes the one file of parts from what esbuild splits by `import()`; cli/loader/parts.ts reads it, so that a command
 * compiles no more than it evaluates. A part is evaluated once, wherever it is reached from: classes and state
 * are the same for all who use it.
 */
import { basename } from 'node:path';

const hashbang = '#!/usr/bin/env node\n';
const nameOf = (path) => `./${basename(path)}`;

/** Text of the file, from a build with `splitting`. */
export async function partsOf({ metafile, outputFiles }, { entry, transform }) {
  const texts = new Map(outputFiles.map(({ path, text }) => [nameOf(path), text]));
  const table = { entry: undefined, parts: {} };
  let body = '';
  for (const [path, { entryPoint, imports }] of Object.entries(metafile.outputs)) {
    const name = nameOf(path);
    const text = `'${name}':${await functionOf(texts.get(name), transform)},\n`;
    const needed = imports.filter(({ external, kind }) => !external && kind === 'import-statement');
    table.parts[name] = [body.length, text.length, needed.map((each) => nameOf(each.path))];
    if (entryPoint === entry) table.entry = name;
    body += text;
  }
  return `${JSON.stringify(table)}\n${body}`;
}

/** What is imported by name from a module of Node is looked up when it is used; that is soon enough to load it. */
const namedImport = /(\bimport_\w+=require)(?=\("node:)/g;
/** The same in packages, for modules that take long and are not functions themselves. */
const slowRequire =
  /([\w$]=)\(0,import_\w+\.__require\)(?=\("(?:node:)?(?:https?|tls|crypto|child_process)"\))/g;

/** What esbuild puts before a part to fill `module.exports`, with the names and values of the exports. */
const fillExports = /^.*?;var (\w+)=\{\};__export\(\1,(\{.*?\})\);module\.exports=__toCommonJS\(\1\);/s;
const exportHelpers =
  /\b__(?:create|defProp|getOwnProp\w+|getProtoOf|hasOwnProp|export|copyProps|toESM|toCommonJS)\b/;
/** Names for the import by which ES modules of Node read CommonJS: the loader is none of them. */
const nameList = /0&&\(module\.exports=\{[^}]*\}\);\n*$/;

/** Has the loader fill the exports where the part needs none of the helpers: it has one, compiled once. */
function withoutHelpers(code) {
  const [head = '', , getters] = fillExports.exec(code) ?? [];
  const rest = code.slice(head.length);
  return head === '' || exportHelpers.test(rest) ? code : `require.define(exports,${getters});${rest}`;
}

/** A part as a function that fills `exports`; its `import()` calls the loader. In brackets, V8 parses it once. */
async function functionOf(text, transform) {
  const code = withoutHelpers(await transform(text.replace(hashbang, '')))
    .replace(nameList, '')
    .replace(namedImport, '$1.late')
    .replace(slowRequire, '$1require.late');
  return `(function(exports,require,module){${ascii(code)}})`;
}

/** In ASCII, letters are bytes. Only in regular expressions esbuild leaves others. */
const ascii = (code) =>
  code.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);

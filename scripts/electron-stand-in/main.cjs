/** Does what the default app of an Electron does: `electron [-r module] [--flag …] path/to/app [argument …]`. */
const { app } = require('electron');
const { readFileSync } = require('node:fs');
const { join, resolve } = require('node:path');

const preloads = [];
let index = 1;
for (; process.argv[index]?.startsWith('-'); index += 1) {
  if (process.argv[index] !== '-r') continue;
  index += 1;
  preloads.push(process.argv[index]);
}
const target = process.argv[index];
if (target === undefined) {
  console.log(`v${process.versions.electron}`);
  process.exit(process.argv.includes('--version') ? 0 : 2);
}
process.argv.splice(1, index - 1);
for (const module of preloads) require(resolve(module));
const directory = resolve(target);
const { name, productName, version, main } = JSON.parse(
  readFileSync(join(directory, 'package.json'), 'utf8'),
);
app.setName(productName ?? name);
if (version) app.setVersion(version);
app.setAppPath(directory);
require(join(directory, main));

/**
 * `npm run test:peer`: our client and command line against official gateways of both eras, and theirs
 * against ours. Installs them once into a cache of the user (~1 GB), which is why it is not in `npm test`.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildOrExit, bundle } from './build.mjs';
import { root, setup } from './setup.mjs';
import { line } from './tally.mjs';

setup();
await buildOrExit();
const outfile = join(root, 'node_modules', '.cache', 'openclaw-tray', 'peer-run.mjs');
const esbuild = await import('esbuild');
await esbuild.build({
  absWorkingDir: root,
  entryPoints: ['e2e/peer/peer-run.ts'],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  target: 'node20.18',
  format: 'esm',
  logLevel: 'error',
});
const { tryPeers } = await import(pathToFileURL(outfile).href);
const tally = await tryPeers(bundle, npmScript());
console.log(line(tally));
process.exitCode = tally.failed > 0 ? 1 : 0;

/** npm as a script, because it has to run under a Node of our choice. */
function npmScript() {
  const nodeDir = dirname(process.execPath);
  const found = [
    process.env.npm_execpath,
    join(nodeDir, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeDir, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path?.endsWith('npm-cli.js') && existsSync(path));
  if (found) return found;
  console.error('npm was not found beside this Node. Start this with `npm run test:peer`.');
  return process.exit(1);
}

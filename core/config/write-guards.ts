import { RpcError } from '../protocol/errors.ts';
import { type ConfigPath, formatConfigPath, isObject, sameData, valueAt } from './config-path.ts';
import { mapLeaves } from './config-walk.ts';
import type { ConfigFile } from './read.ts';
import { isBelowSensitive } from './redaction.ts';
import { inheritedVariables } from './secret-exec.ts';
import { isSensitiveName } from './sensitive-keys.ts';
import { variableNames } from './substitution.ts';

/** Settings that name a file this program opens by itself. */
const FILES: readonly ConfigPath[] = [
  ['logging', 'file'],
  ['gateway', 'tls', 'certPath'],
  ['gateway', 'tls', 'keyPath'],
  ['gateway', 'tls', 'caPath'],
  ['gateway', 'remote', 'sshIdentity'],
];

/** Each row below it is a program that this one runs, with its arguments and variables. */
const PROGRAMS: ConfigPath = ['agents', 'defaults', 'cliBackends'];

interface Change {
  before: ConfigFile;
  after: ConfigFile;
}

/**
 * What runs on this host, which of its files are opened and which of its variables are shown is for whoever sits at
 * it, so a write of a peer that changes it is refused with INVALID_REQUEST. Values count as they are used, after
 * included files and variables.
 */
export function guardPeerWrite(change: Change): void {
  guardProviders(change);
  guardPrograms(change);
  guardFiles(change);
  guardIncludes(change);
  guardVariables(change);
}

/** What a write would change on the host. */
export interface PeerWriteRisk {
  /** The key that does it. */
  path: string;
  does: keyof typeof DOES;
  /** A variable of the host that a command gets, or that would be shown; empty where there is none. */
  variable: string;
}

/** For shells that ask the person at this host rather than refuse. */
export class PeerWriteRefusal extends RpcError {
  readonly risk: PeerWriteRisk;

  constructor(risk: PeerWriteRisk) {
    const { path, does, variable } = risk;
    super(
      'INVALID_REQUEST',
      `${path} ${DOES[does](variable)}; set it there with "openclaw config set" or in the file`,
    );
    this.risk = risk;
  }
}

const DOES = {
  runs: () => 'runs a command on the gateway host',
  steers: (variable: string) => `runs a command on the gateway host and gives it ${variable}`,
  'names-file': () => 'names a file on the gateway host',
  shows: (variable: string) => `would show the variable ${variable} of the gateway`,
};

const refusal = (path: ConfigPath, does: PeerWriteRisk['does'], variable = ''): RpcError =>
  new PeerWriteRefusal({ path: formatConfigPath(path), does, variable });

function guardProviders(change: Change): void {
  const providers = valueAt(change.after.resolved, ['secrets', 'providers']);
  for (const [name, provider] of Object.entries(isObject(providers) ? providers : {})) {
    const path = ['secrets', 'providers', name];
    if (!isObject(provider)) continue;
    if (provider.source === 'exec') guardCommand(path, provider, change);
    else if (provider.source === 'file' && !isUnchanged(path, change)) throw refusal(path, 'names-file');
  }
}

function guardCommand(path: ConfigPath, provider: Record<string, unknown>, change: Change): void {
  if (!isUnchanged(path, change)) throw refusal(path, 'runs');
  const steered = inheritedVariables(provider).find((variable) => !isSameVariable(variable, change));
  if (steered !== undefined) throw refusal(path, 'steers', steered);
}

/** Whether its row is a command or only changes one that is built in; it may go, and then nothing of it runs. */
function guardPrograms(change: Change): void {
  const rows = valueAt(change.after.resolved, PROGRAMS);
  for (const id of Object.keys(isObject(rows) ? rows : {})) {
    const path = [...PROGRAMS, id];
    if (!isUnchanged(path, change)) throw refusal(path, 'runs');
  }
}

/** Without a file of the user's the program uses its own, so a setting may go. */
function guardFiles(change: Change): void {
  const moved = FILES.find(
    (path) => valueAt(change.after.resolved, path) !== undefined && !isUnchanged(path, change),
  );
  if (moved) throw refusal(moved, 'names-file');
}

/** What is included can be read by more peers than the file itself. */
function guardIncludes({ before, after }: Change): void {
  const isInclude = ({ path }: TextPlace): boolean => path.includes('$include');
  const added = newTexts(before.parsed, after.parsed).find(isInclude);
  if (added) throw refusal(added.path, 'names-file');
}

/** Peers that may only read see everything that is no secret by its place, so no peer may put the host's variables there. */
function guardVariables({ before, after }: Change): void {
  for (const { path, text } of newTexts(before.merged, after.merged)) {
    if (isBelowSensitive(path)) continue;
    const shown = variableNames(text).find((name) => isOfHost(name, after));
    if (shown !== undefined) throw refusal(path, 'shows', shown);
  }
}

/** Variables from the process or `.env`, and those whose name says that they hold a secret wherever they come from. */
function isOfHost(name: string, { env, merged }: ConfigFile): boolean {
  if (isSensitiveName(name)) return true;
  const own = [valueAt(merged, ['env', 'vars', name]), valueAt(merged, ['env', name])];
  return env[name] !== undefined && !own.includes(env[name]) && !inheritedVariables({}).includes(name);
}

/** Same meaning, and also the same one in another environment: the variables it names are left alone. */
function isUnchanged(path: ConfigPath, change: Change): boolean {
  const { before, after } = change;
  const names = textsOf(valueAt(after.merged, path)).flatMap(({ text }) => variableNames(text));
  return (
    sameData(valueAt(before.resolved, path), valueAt(after.resolved, path)) &&
    names.every((name) => isSameVariable(name, change))
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

interface TextPlace {
  path: ConfigPath;
  text: string;
}

function textsOf(root: unknown): TextPlace[] {
  const places: TextPlace[] = [];
  mapLeaves(root, (leaf, path) => {
    if (typeof leaf === 'string') places.push({ path: [...path], text: leaf });
  });
  return places;
}

/** Texts that did not stand at their place before; elements of a list share one place, so that they may move. */
function newTexts(before: unknown, after: unknown): TextPlace[] {
  const key = ({ path, text }: TextPlace): string =>
    JSON.stringify([path.map((step) => (typeof step === 'number' ? 0 : step)), text]);
  const known = new Set(textsOf(before).map(key));
  return textsOf(after).filter((place) => !known.has(key(place)));
}

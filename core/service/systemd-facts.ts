import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { shortText } from '../lib/short-file.ts';
import { escapeControl } from '../logs/console-log.ts';
import type { RunProgram } from './program-runner.ts';
import type { ServiceCommand, ServiceFacts, ServiceState } from './service-facts.ts';
import { parseUnit, unitEnvironment } from './systemd-unit.ts';
import { type Specifiers, splitWords } from './systemd-words.ts';

export interface UnitPlace {
  run: RunProgram;
  /** With `.service`. */
  unit: string;
  scope: 'user' | 'system';
  /** Where the unit is when systemd does not say. */
  file: string;
  home: string;
  user: string;
  uid: number;
  env: NodeJS.ProcessEnv;
}

const PROPERTIES = [
  'LoadState',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'MainPID',
  'ExecMainCode',
  'ExecMainStatus',
  'FragmentPath',
  'DropInPaths',
  'Result',
  'NRestarts',
];

/** What systemd says in `NAME=value` lines, which are the same in every language; undefined when it cannot be asked. */
async function shown(place: UnitPlace): Promise<{ values?: Record<string, string>; detail: string }> {
  const { run, unit, scope } = place;
  if (scope === 'user' && hasNoUserManager(place)) return { detail: missingManager(place) };
  const args = [...(scope === 'user' ? ['--user'] : []), 'show', unit, `--property=${PROPERTIES.join(',')}`];
  const { exitCode, stdout, stderr, failure } = await run('systemctl', args, { timeoutMs: 10_000 });
  if (exitCode !== 0) {
    const detail = failure === 'missing' ? 'systemctl: not found' : (stderr.trim().split('\n')[0] ?? '');
    return { detail: detail || `systemctl: ${failure ?? `exit ${exitCode}`}` };
  }
  const pairs = stdout.split('\n').flatMap((line) => {
    const at = line.indexOf('=');
    return at > 0 ? [[line.slice(0, at), line.slice(at + 1)] as const] : [];
  });
  return { values: Object.fromEntries(pairs), detail: '' };
}

/** Then systemctl has nothing to connect to, and starting it to be told so is what takes longest. */
const hasNoUserManager = ({ env, uid }: UnitPlace): boolean =>
  !env.XDG_RUNTIME_DIR && !env.DBUS_SESSION_BUS_ADDRESS && !existsSync(`/run/user/${uid}`);

function missingManager({ env }: UnitPlace): string {
  const dirs = (env.PATH ?? '').split(delimiter);
  const isThere = dirs.some((dir) => dir !== '' && existsSync(join(dir, 'systemctl')));
  if (!isThere) return 'systemctl: not found';
  return 'no user session: neither XDG_RUNTIME_DIR nor DBUS_SESSION_BUS_ADDRESS is set';
}

export async function systemdFacts(place: UnitPlace): Promise<ServiceFacts> {
  const { values, detail } = await shown(place);
  const file = values?.FragmentPath || place.file;
  const command = await unitCommand(place, file, splitWords(values?.DropInPaths ?? ''));
  const base = { manager: 'systemd', name: place.unit, scope: place.scope } as const;
  const written = command === undefined ? {} : { file, command };
  if (values === undefined) {
    const state = command === undefined && place.scope === 'system' ? 'not-installed' : 'unknown';
    return { ...base, ...written, state, isEnabled: false, detail: escapeControl(detail) };
  }
  const pid = Number(values.MainPID);
  const lastExit = lastExitOf(values);
  return {
    ...base,
    ...written,
    state: stateOf(values),
    isEnabled: ['enabled', 'enabled-runtime'].includes(values.UnitFileState ?? ''),
    ...(pid > 0 ? { pid } : {}),
    detail: detailOf(values),
    ...(lastExit === undefined ? {} : { lastExit }),
  };
}

async function unitCommand(
  place: UnitPlace,
  file: string,
  dropIns: string[],
): Promise<ServiceCommand | undefined> {
  const text = shortText(file);
  if (text === undefined) return undefined;
  const more = dropIns.map(shortText);
  const unit = parseUnit([text, ...more].join('\n'), specifiersOf(place, file));
  const { env, missing } = unitEnvironment(unit, shortText);
  const { argv, workingDirectory } = unit;
  return {
    argv,
    env,
    ...(workingDirectory === undefined ? {} : { workingDirectory }),
    ...(missing.length > 0 && { missingFiles: missing }),
  };
}

function specifiersOf(place: UnitPlace, file: string): Specifiers {
  const name = place.unit.replace(/\.service$/, '');
  const dirs = place.scope === 'user' ? userSpecifiers(place) : SYSTEM_SPECIFIERS;
  return { ...dirs, n: place.unit, N: name, p: name, y: file, Y: dirname(file), T: '/tmp', V: '/var/tmp' };
}

const userSpecifiers = ({ home, user, uid, env }: UnitPlace): Specifiers => ({
  h: home,
  u: user,
  U: String(uid),
  t: env.XDG_RUNTIME_DIR ?? `/run/user/${uid}`,
  E: env.XDG_CONFIG_HOME ?? join(home, '.config'),
  S: env.XDG_STATE_HOME ?? join(home, '.local', 'state'),
  C: env.XDG_CACHE_HOME ?? join(home, '.cache'),
});

const SYSTEM_SPECIFIERS: Specifiers = {
  h: '/root',
  u: 'root',
  U: '0',
  t: '/run',
  E: '/etc',
  S: '/var/lib',
  C: '/var/cache',
};

const ACTIVE: Readonly<Record<string, ServiceState>> = {
  active: 'running',
  reloading: 'running',
  refreshing: 'running',
  activating: 'starting',
  deactivating: 'stopped',
  inactive: 'stopped',
  failed: 'failed',
};

function stateOf({ LoadState, ActiveState = '' }: Record<string, string>): ServiceState {
  if (LoadState === 'not-found' && ActiveState !== 'active') return 'not-installed';
  return ACTIVE[ActiveState] ?? 'unknown';
}

function detailOf({ LoadState, ActiveState, SubState, Result, NRestarts }: Record<string, string>): string {
  const unusual = [
    ['load', LoadState, 'loaded'],
    ['result', Result, 'success'],
    ['restarts', NRestarts, '0'],
  ].filter(([, value, usual]) => value !== undefined && value !== '' && value !== usual);
  return [
    `state ${ActiveState}`,
    `sub ${SubState}`,
    ...unusual.map(([name, value]) => `${name} ${value}`),
  ].join(', ');
}

/** `ExecMainCode` as in `waitid`: 1 ended by itself, 2 and 3 by a signal, whose number is the status. */
function lastExitOf({ ExecMainCode, ExecMainStatus }: Record<string, string>): ServiceFacts['lastExit'] {
  const status = Number(ExecMainStatus);
  if (ExecMainCode === '1') return { code: status };
  if (ExecMainCode !== '2' && ExecMainCode !== '3') return undefined;
  const signal = Object.entries(constants.signals).find(([, number]) => number === status)?.[0];
  return { signal: signal ?? String(status) };
}

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { shortText } from '../lib/short-file.ts';
import { backupOf, putBack, removeFiles, replaceDefinition } from './definition-file.ts';
import {
  commandProblem,
  type Definition,
  note,
  type Outcome,
  type ServiceManager,
  type ServiceNote,
  type ServiceProblem,
  type ServiceSnapshot,
} from './service-manager.ts';
import { MARKER, ownerOf } from './service-names.ts';
import type { ServicePlan } from './service-plan.ts';
import { systemdFacts, type UnitPlace } from './systemd-facts.ts';
import { disableLinger, enableLinger, type SessionPlace, sessionProblem } from './systemd-session.ts';
import { parseUnit, renderUnit } from './systemd-unit.ts';

/** In the unit when lingering was switched on for it, so that removing it can switch it off again. */
const LINGER_MARK = 'OPENCLAW_SERVICE_LINGER';

/** Longer than a unit may take to stop. */
const SLOW_MS = 60_000;

type SystemdPlace = SessionPlace & UnitPlace;

/** The unit in the user's own systemd. */
export function systemdService(place: SystemdPlace): ServiceManager {
  const { run, unit, file } = place;
  const systemctl = async (...args: string[]): Promise<ServiceProblem | undefined> => {
    const result = await run('systemctl', ['--user', ...args], { timeoutMs: SLOW_MS });
    return result.exitCode === 0 ? undefined : commandProblem(`systemctl --user ${args.join(' ')}`, result);
  };
  return {
    name: 'systemd',
    service: unit,
    facts: () => systemdFacts(place),
    check: () => sessionProblem(place),
    definition: () => unitDefinition(file),
    preview: async (plan) => ({ [file]: renderUnit(withLinger(plan, await isLingerOurs(file))) }),
    restore: (state) => restoreState(place, state, systemctl),
    install: (plan) => install(place, plan, systemctl),
    start: async () => {
      await systemctl('reset-failed', unit);
      return systemctl('start', unit);
    },
    stop: () => systemctl('stop', unit),
    restart: async () => {
      await systemctl('reset-failed', unit);
      return systemctl('restart', unit);
    },
    uninstall: () => uninstall(place, systemctl),
    lastWords: async (since) => {
      const from = `--since=@${Math.floor(since / 1000)}`;
      const args = ['--user', '-u', unit, from, '-n', '10', '-o', 'cat', '--no-pager', '--quiet'];
      const { exitCode, stdout } = await run('journalctl', args, { timeoutMs: 5000 });
      return exitCode === 0 ? stdout.split('\n').filter((line) => line.trim() !== '') : [];
    },
  };
}

type Systemctl = (...args: string[]) => Promise<ServiceProblem | undefined>;

async function unitDefinition(file: string): Promise<Definition | undefined> {
  const text = shortText(file);
  if (text === undefined) return undefined;
  const { env } = parseUnit(text, {});
  return { file, owner: ownerOf(env[MARKER]), texts: { [file]: text } };
}

const isLingerOurs = async (file: string): Promise<boolean> =>
  parseUnit(shortText(file) ?? '', {}).env[LINGER_MARK] === '1';

const withLinger = (plan: ServicePlan, isOurs: boolean): ServicePlan =>
  isOurs ? { ...plan, env: { ...plan.env, [LINGER_MARK]: '1' } } : plan;

async function install(
  place: SystemdPlace,
  plan: ServicePlan,
  systemctl: Systemctl,
): Promise<Outcome<{ file: string; notes: ServiceNote[] }>> {
  const { file, unit } = place;
  const written = shortText(file);
  const wasOurs = await isLingerOurs(file);
  const linger = await enableLinger(place);
  const text = renderUnit(withLinger(plan, linger.isOurs || wasOurs));
  const backup = await replaceDefinition(file, text, 0o644);
  const failed = (await systemctl('daemon-reload')) ?? (await systemctl('enable', unit));
  if (failed) {
    await restore(file, written, backup);
    if (linger.isOurs) await disableLinger(place);
    return { ok: false, problem: failed };
  }
  const notes = [
    ...(backup ? [note('BACKED_UP', { file: backup })] : []),
    ...(linger.note ? [linger.note] : []),
  ];
  return { ok: true, file, notes };
}

/** systemd did not take the unit: what was there before is there again. */
async function restore(file: string, before: string | undefined, backup: string | undefined): Promise<void> {
  if (before === undefined) await removeFiles([file]);
  else await replaceDefinition(file, before, 0o644);
  await removeFiles(backup === undefined ? [] : [backup]);
}

async function restoreState(
  place: SystemdPlace,
  { texts, isEnabled, isRunning }: ServiceSnapshot,
  systemctl: Systemctl,
): Promise<ServiceProblem | undefined> {
  const { file, unit } = place;
  const wasOurs = await isLingerOurs(file);
  await putBack(file, texts[file] ?? '', 0o644);
  const failed =
    (await systemctl('daemon-reload')) ?? (await systemctl(isEnabled ? 'enable' : 'disable', unit));
  if (failed) return failed;
  if (wasOurs && !(await isLingerOurs(file))) await disableLinger(place);
  return isRunning ? undefined : systemctl('stop', unit);
}

async function uninstall(
  place: SystemdPlace,
  systemctl: Systemctl,
): Promise<Outcome<{ notes: ServiceNote[] }>> {
  const { file, unit } = place;
  const { env } = parseUnit(shortText(file) ?? '', {});
  const links = await linksTo(file);
  const failed = await systemctl('disable', '--now', unit);
  if (failed) return { ok: false, problem: failed };
  await removeFiles(links);
  const removed = [...(await removeFiles([file, backupOf(file)])), ...links];
  await systemctl('daemon-reload');
  await systemctl('reset-failed', unit);
  const notes = removed.map((path) => note('REMOVED', { what: path }));
  if (env[LINGER_MARK] !== '1') return { ok: true, notes };
  const isNeeded = (await enabledUnits(dirname(file))).length > 0;
  const linger = isNeeded ? note('LINGER_KEPT', { user: place.user }) : await disableLinger(place);
  return { ok: true, notes: [...notes, linger] };
}

/** Symbolic links by which targets want units, such as `default.target.wants/<unit>`. */
async function enabledUnits(dir: string): Promise<string[]> {
  const targets = (await readdir(dir).catch(() => [])).filter((name) => /\.(wants|requires)$/.test(name));
  const names = await Promise.all(targets.map((target) => readdir(join(dir, target)).catch(() => [])));
  return targets.flatMap((target, index) => (names[index] ?? []).map((name) => join(dir, target, name)));
}

const linksTo = async (file: string): Promise<string[]> =>
  (await enabledUnits(dirname(file))).filter((link) => basename(link) === basename(file));

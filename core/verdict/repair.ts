import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edit } from '../config/edit.ts';
import { loadLastGood } from '../config/last-good.ts';
import { readConfigSchema } from '../config/schema.ts';
import { planEdits } from '../config/write.ts';
import { readOwnerFile } from '../host/owner-file.ts';
import type { Finding } from './evidence.ts';
import { type FileChange, modeOf, textOf } from './file-change.ts';
import type { FindingCode, FixContext } from './findings.ts';

/** The installation that may be mended. */
export interface RepairPlace {
  stateDir: string;
  trayDir: string;
  configPath: string;
  env: NodeJS.ProcessEnv;
  /** The port is the one that the configuration says, or none: a variable or a flag is not for us to change. */
  isPortConfigured: boolean;
}

type Plan = (place: RepairPlace, finding: Finding, fix: FixContext) => Promise<FileChange[]>;

/** What is understood well enough to be mended by a program. */
const PLANS: Partial<Record<FindingCode, Plan>> = {
  CONFIG_MISSING: (place) => configEdit(place, { path: ['gateway', 'mode'], value: 'local' }),
  CONFIG_INVALID: backToLastGood,
  CONFIG_BLOCKS_START: async (place, { values }) =>
    values.path === 'gateway.mode' ? configEdit(place, { path: ['gateway', 'mode'], value: 'local' }) : [],
  LOCK_STALE: leftBehind,
  PORT_FOREIGN: otherPort,
  PORT_OTHER_USER: otherPort,
  STATE_EXPOSED: async (_, { values }) => madePrivate(String(values.path)),
};

/** What would mend a finding, as changes to files; empty where a person has to. Nothing is written. */
export async function planRepair(
  place: RepairPlace,
  finding: Finding,
  fix: FixContext,
): Promise<FileChange[]> {
  const changes = await PLANS[finding.code]?.(place, finding, fix);
  return changes?.filter(({ before, after }) => before !== after) ?? [];
}

async function configEdit({ configPath, stateDir, env }: RepairPlace, edit: Edit): Promise<FileChange[]> {
  const context = { path: configPath, stateDir, env, schema: readConfigSchema() };
  const { before, text } = await planEdits([edit], context);
  return [{ kind: 'text', path: await target(configPath), before: before.text, after: text }];
}

/** The broken file stays beside the one that takes its place. */
async function backToLastGood({ configPath, trayDir }: RepairPlace): Promise<FileChange[]> {
  const path = await target(configPath);
  const [broken, good] = [await textOf(path), await loadLastGood(trayDir)];
  if (broken === null || good === undefined) return [];
  const copy = await freeName(`${path}.broken`);
  return [
    { kind: 'text', path: copy, before: null, after: broken, isPlain: true },
    { kind: 'text', path, before: broken, after: good },
  ];
}

async function freeName(path: string): Promise<string> {
  for (let count = 1; ; count += 1) {
    const name = count === 1 ? path : `${path}.${count}`;
    if ((await textOf(name)) === null) return name;
  }
}

async function leftBehind({ trayDir }: RepairPlace): Promise<FileChange[]> {
  const run = join(trayDir, 'run');
  const owner = (await readOwnerFile(trayDir)) === undefined ? ['owner.json'] : [];
  const paths = ['gateway.lock', ...owner].map((name) => join(run, name));
  return Promise.all(
    paths.map(async (path) => ({
      kind: 'text' as const,
      path,
      before: await textOf(path),
      after: null,
      isPlain: true,
    })),
  );
}

async function otherPort(place: RepairPlace, { values }: Finding, { freePort }: FixContext) {
  if (!place.isPortConfigured || freePort === values.port) return [];
  return configEdit(place, { path: ['gateway', 'port'], value: freePort });
}

async function madePrivate(path: string): Promise<FileChange[]> {
  const before = modeOf(path);
  return before === undefined ? [] : [{ kind: 'mode', path, before, after: before & 0o700 }];
}

/** A link is followed, not replaced. */
const target = (path: string): Promise<string> => realpath(path).catch(() => path);

import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import type { Edit } from '../config/edit.ts';
import { loadLastGood } from '../config/last-good.ts';
import { readConfigSchema } from '../config/schema.ts';
import { planEdits } from '../config/write.ts';
import { readOwnerFile } from '../host/owner-file.ts';
import { planRewrite, planStart, type RepairParts } from '../service/service-repair.ts';
import type { Treatment } from './doctor.ts';
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
  /** The service of this machine; undefined where there is no service manager. */
  service: RepairParts | undefined;
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

type ServicePlan = (service: RepairParts, finding: Finding) => Promise<Treatment>;

/** Which state directory is meant, and what a secret is, only a person knows. */
const SERVICE_PLANS: Partial<Record<FindingCode, ServicePlan>> = {
  SERVICE_FAILED: started,
  SERVICE_STOPPED: started,
  SERVICE_COMMAND_UNKNOWN: rewritten,
  SERVICE_PROGRAM_GONE: rewritten,
  SERVICE_FILE_GONE: rewritten,
  SERVICE_PROGRAM_VERSIONED: rewritten,
  SERVICE_PROGRAM_TEMPORARY: rewritten,
  SERVICE_PORT_DIFFERS: rewritten,
  SERVICE_TOKEN_EMBEDDED: rewritten,
  SERVICE_PASSWORD_EMBEDDED: rewritten,
  SERVICE_TOKEN_DIFFERS: rewritten,
  SERVICE_DISABLED: rewritten,
};

/** What would mend a finding; without changes where a person has to. Nothing is written. */
export async function planRepair(place: RepairPlace, finding: Finding, fix: FixContext): Promise<Treatment> {
  const forService = place.service && SERVICE_PLANS[finding.code];
  if (place.service && forService) return forService(place.service, finding);
  const changes = await PLANS[finding.code]?.(place, finding, fix);
  return { changes: changes?.filter(({ before, after }) => before !== after) ?? [] };
}

async function started(service: RepairParts): Promise<Treatment> {
  const planned = await planStart(service);
  if (!planned.ok) return { changes: [], obstacle: planned.problem };
  return { changes: planned.change ? [planned.change] : [] };
}

/** A program that would be written again is as good or bad as before. */
async function rewritten(service: RepairParts, { values }: Finding): Promise<Treatment> {
  const planned = await planRewrite(service);
  if (!planned.ok) return { changes: [], obstacle: planned.problem };
  const { change, plan } = planned;
  const isUseless = values.path !== undefined && plan.argv.includes(String(values.path));
  return { changes: change && !isUseless ? [change] : [] };
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

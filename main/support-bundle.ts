import { readdir, stat } from 'node:fs/promises';
import { hostname, release, userInfo } from 'node:os';
import { basename, join } from 'node:path';
import { secretsOf } from '../core/config/config-view.ts';
import { createHiddenSecrets } from '../core/config/hidden-secrets.ts';
import { readConfigFile } from '../core/config/read.ts';
import { readTextCapped } from '../core/config/text-file.ts';
import { asText, valueAt } from '../core/lib/json.ts';
import { tailLog } from '../core/logs/tail.ts';
import { changeLines } from '../core/verdict/change-words.ts';
import type { DoctorReport } from '../core/verdict/doctor.ts';
import { wordsFor } from '../core/verdict/words.ts';
import { VERSION } from '../core/version.ts';
import type { BridgeResult } from './bridge/contract.ts';
import { createBundleRedaction } from './bundle-redaction.ts';
import { knownSecrets } from './bundle-secrets.ts';
import type { Surroundings } from './gateway-route.ts';

export interface SupportBundleSources extends Surroundings {
  doctor(): Promise<DoctorReport>;
  /** Asks the gateway that is connected; rejects when there is none. */
  ask(method: 'health' | 'status'): Promise<unknown>;
}

export type SupportBundle = Omit<BridgeResult<'bundle.prepare'>, 'id'>;

/** Lines and bytes of the newest log file. */
const LOG = { limit: 4000, maxBytes: 1_000_000 } as const;
const SHOWN_VARIABLES =
  /^(OPENCLAW_|XDG_(SESSION_TYPE|CURRENT_DESKTOP)$|LANG$|LC_ALL$|TZ$|DISPLAY$|WAYLAND_DISPLAY$)/;
const MAX_FILES = 400;

/** What somebody who helps has to see, in English as they read it. Reads only, and holds no secret. */
export async function collectBundle(
  sources: SupportBundleSources,
  options: { hidesAddresses: boolean },
): Promise<SupportBundle> {
  const { paths, env } = sources;
  const { username } = userInfo();
  const redaction = createBundleRedaction({
    secrets: await knownSecrets(paths, env),
    homes: [paths.home, userInfo().homedir],
    users: [username, env.USER, env.LOGNAME, env.USERNAME, basename(paths.home), hostname()].flatMap(
      (name) => name ?? [],
    ),
    hidesAddresses: options.hidesAddresses,
  });
  const parts = Object.entries({
    'about.txt': about(sources),
    'doctor.txt': doctorText(sources),
    'openclaw.json': configText(sources),
    'app.json': fileText(join(paths.trayDir, 'app.json')),
    'environment.txt': environmentText(env),
    'files.txt': fileList(paths.stateDir),
    'gateway.json': gatewayText(sources),
    'log.txt': logText(sources),
  });
  const files = await Promise.all(parts.map(async ([name, text]) => ({ name, text: await text })));
  return {
    files: files.map(({ name, text }) => {
      const before = total(redaction.counts);
      return { name, text: redaction.redact(text), hidden: total(redaction.counts) - before };
    }),
    hidden: { ...redaction.counts },
  };
}

/** One file that can be read with anything. */
export const bundleText = ({ files }: Pick<SupportBundle, 'files'>): string =>
  files.map(({ name, text }) => `===== ${name} =====\n${text.trimEnd()}\n`).join('\n');

const total = (counts: object): number =>
  Object.values(counts).reduce((sum: number, count: number) => sum + count, 0);

async function about({ clock, paths }: Surroundings): Promise<string> {
  const { node, electron = 'none', chrome = 'none' } = process.versions;
  return [
    `OpenClaw Tray ${VERSION}`,
    `Node ${node}, Electron ${electron}, Chromium ${chrome}`,
    `${process.platform} ${release()} ${process.arch}`,
    `Profile: ${paths.profile ?? 'default'}`,
    `State directory: ${paths.stateDir}`,
    `Collected: ${new Date(clock.now()).toISOString()}`,
  ].join('\n');
}

async function doctorText({ doctor, paths }: SupportBundleSources): Promise<string> {
  const { diagnoses, inspection } = await doctor();
  const layers = inspection.verdict.evidence.map(({ layer, state, note = '' }) =>
    `${layer}: ${state} ${note}`.trim(),
  );
  const findings = diagnoses.flatMap(({ finding, changes }) => {
    const { problem, fix, command = '', mender } = wordsFor(finding, inspection.fix, 'en');
    const words = changes.map((change) => changeLines(change, { language: 'en', home: paths.home }));
    const lines = words.flatMap(([text = '', ...diff]) => [
      `  would ${text}`,
      ...diff.map((line) => `  ${line}`),
    ]);
    return ['', `${finding.code}: ${problem}`, `  ${fix} ${command}`, `  ${mender}`, ...lines];
  });
  return [...layers, ...(findings.length > 0 ? findings : ['', 'Nothing is wrong.'])].join('\n');
}

async function configText({ paths, env }: Surroundings): Promise<string> {
  const file = await readConfigFile(paths.configPath, env, paths);
  return file.text === null ? '(no file)' : createHiddenSecrets().hide(file.text, secretsOf(file));
}

async function fileText(path: string): Promise<string> {
  const found = await readTextCapped(path, LOG.maxBytes);
  return found.status === 'ok' ? found.text : '(no file)';
}

async function environmentText(env: NodeJS.ProcessEnv): Promise<string> {
  const shown = Object.entries(env).filter(([name]) => SHOWN_VARIABLES.test(name));
  return (
    shown
      .map(([name, value]) => `${name}=${value}`)
      .sort()
      .join('\n') || '(none)'
  );
}

/** Names, sizes and modes; names of sessions are left out. */
async function fileList(dir: string): Promise<string> {
  const names = (await readdir(dir, { recursive: true }).catch(() => []))
    .filter((name) => !/^tray[\\/](desktop|sessions)[\\/]/.test(name))
    .sort();
  const lines = await Promise.all(
    names.slice(0, MAX_FILES).map(async (name) => {
      const found = await stat(join(dir, name)).catch(() => undefined);
      return `${((found?.mode ?? 0) & 0o777).toString(8).padStart(3, '0')} ${String(found?.size ?? '?').padStart(10)} ${name}`;
    }),
  );
  return (
    [...lines, ...(names.length > MAX_FILES ? [`(${names.length - MAX_FILES} more)`] : [])].join('\n') ||
    '(empty)'
  );
}

async function gatewayText({ ask }: SupportBundleSources): Promise<string> {
  const asked = async (method: 'health' | 'status') =>
    ask(method).catch((error: unknown) => ({ error: error instanceof Error ? error.message : 'unknown' }));
  return JSON.stringify({ health: await asked('health'), status: await asked('status') }, null, 2);
}

/** The newest lines of the newest file. */
async function logText({ paths, env, clock }: SupportBundleSources): Promise<string> {
  const { resolved } = await readConfigFile(paths.configPath, env, paths);
  const given = asText(valueAt(resolved, 'logging.file'))?.replace(/^~(?=$|[\\/])/, () => paths.home);
  const place = given === undefined ? { dir: join(paths.trayDir, 'logs') } : { file: given };
  const { lines } = await tailLog({ ...place, profile: paths.profile, now: clock.now(), ...LOG });
  return lines.join('\n') || '(no log)';
}

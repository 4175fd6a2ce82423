import type { Clock } from '../lib/clock.ts';
import { shortText } from '../lib/short-file.ts';
import { escapeControl } from '../logs/console-log.ts';
import { ensurePrivateDir } from '../store/atomic-file.ts';
import { backupOf, putBack, removeFiles, replaceDefinition } from './definition-file.ts';
import { type OutputFiles, type PlistValue, parsePlist, renderPlist } from './launchd-plist.ts';
import type { ProgramResult, RunProgram } from './program-runner.ts';
import type { ServiceCommand, ServiceFacts } from './service-facts.ts';
import {
  commandProblem,
  type Definition,
  note,
  type Outcome,
  problem,
  type ServiceManager,
  type ServiceNote,
  type ServiceProblem,
} from './service-manager.ts';
import { MARKER, ownerOf } from './service-names.ts';
import type { ServicePlan } from './service-plan.ts';

export interface LaunchdPlace {
  run: RunProgram;
  clock: Clock;
  label: string;
  uid: number;
  /** The plist. */
  file: string;
  /** Directory of what the gateway says before its own log is open. */
  logDir: string;
}

/** `launchctl` ends with it when a label is not loaded. */
const NOT_LOADED = 113;
/** `Bootstrap failed: 125`: nobody is logged in at the screen. */
const NO_SESSION = 125;
/** Milliseconds in which launchd forgets a service that was booted out. */
const LEAVE_MS = 30_000;
const POLL_MS = 100;

/** The launch agent of a user who is logged in at the screen. */
export function launchdService(place: LaunchdPlace): ServiceManager {
  const { run, label, uid, file, logDir } = place;
  const target = `gui/${uid}/${label}`;
  const launchctl = (...args: string[]): Promise<ProgramResult> => run('launchctl', args);
  const isLoaded = async (): Promise<boolean> => (await launchctl('print', target)).exitCode === 0;
  const bootstrap = async (): Promise<ServiceProblem | undefined> => {
    const enabled = await launchctl('enable', target);
    if (enabled.exitCode !== 0) return commandProblem(`launchctl enable ${target}`, enabled);
    return failureOf(
      `launchctl bootstrap gui/${uid} ${file}`,
      await launchctl('bootstrap', `gui/${uid}`, file),
    );
  };
  const kickstart = async (...flags: string[]): Promise<ServiceProblem | undefined> =>
    failureOf(`launchctl kickstart ${target}`, await launchctl('kickstart', ...flags, target));
  const bootout = (): Promise<ServiceProblem | undefined> => bootOut(place, target, isLoaded);
  return {
    name: 'launchd',
    service: label,
    facts: async () => facts(place, target),
    check: async () => {
      const asked = await launchctl('print', `gui/${uid}`);
      if (asked.failure === 'missing') return problem('MANAGER_MISSING', { program: 'launchctl' });
      return asked.exitCode === 0 ? undefined : problem('DESKTOP_SESSION_MISSING', { uid });
    },
    definition: () => plistDefinition(file),
    preview: async (plan) => ({ [file]: renderPlist(plan, outputFiles(logDir)) }),
    restore: async ({ texts, isEnabled, isRunning }) => {
      await putBack(file, texts[file] ?? '', 0o644);
      const act = isEnabled ? 'enable' : 'disable';
      const failed = failureOf(`launchctl ${act} ${target}`, await launchctl(act, target));
      return failed ?? (!isRunning && (await isLoaded()) ? bootout() : undefined);
    },
    install: (plan) => install(place, plan, bootout),
    start: async () => ((await isLoaded()) ? kickstart() : bootstrap()),
    stop: async () => ((await isLoaded()) ? bootout() : undefined),
    restart: async () => ((await isLoaded()) ? kickstart('-k') : bootstrap()),
    uninstall: async () => {
      const failed = (await isLoaded()) ? await bootout() : undefined;
      if (failed) return { ok: false, problem: failed };
      const { stdout, stderr } = outputFiles(logDir);
      const removed = await removeFiles([file, backupOf(file), stdout, stderr]);
      return { ok: true, notes: removed.map((what) => note('REMOVED', { what })) };
    },
    lastWords: async () => lastLines(shortText(outputFiles(logDir).stderr) ?? ''),
  };
}

const outputFiles = (dir: string): OutputFiles => ({
  stdout: `${dir}/service.log`,
  stderr: `${dir}/service.err.log`,
});

export const lastLines = (text: string): string[] =>
  text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-10);

function failureOf(command: string, result: ProgramResult): ServiceProblem | undefined {
  if (result.exitCode === 0) return undefined;
  return result.exitCode === NO_SESSION
    ? problem('DESKTOP_SESSION_MISSING', { uid: command.match(/gui\/(\d+)/)?.[1] ?? '' })
    : commandProblem(command, result);
}

/** launchd goes on booting out after its answer; loading the label again before it is done fails. */
async function bootOut(
  { run, clock }: LaunchdPlace,
  target: string,
  isLoaded: () => Promise<boolean>,
): Promise<ServiceProblem | undefined> {
  const result = await run('launchctl', ['bootout', target]);
  const deadline = clock.now() + LEAVE_MS;
  while (await isLoaded()) {
    if (clock.now() >= deadline) return commandProblem(`launchctl bootout ${target}`, result);
    await clock.sleep(POLL_MS);
  }
  return undefined;
}

async function install(
  place: LaunchdPlace,
  plan: ServicePlan,
  bootout: () => Promise<ServiceProblem | undefined>,
): Promise<Outcome<{ file: string; notes: ServiceNote[] }>> {
  const { file, logDir, label, uid, run } = place;
  const loaded = (await run('launchctl', ['print', `gui/${uid}/${label}`])).exitCode === 0;
  const failed = loaded ? await bootout() : undefined;
  if (failed) return { ok: false, problem: failed };
  await ensurePrivateDir(logDir);
  const backup = await replaceDefinition(file, renderPlist(plan, outputFiles(logDir)), 0o644);
  return { ok: true, file, notes: backup ? [note('BACKED_UP', { file: backup })] : [] };
}

async function plistDefinition(file: string): Promise<Definition | undefined> {
  const text = shortText(file);
  if (text === undefined) return undefined;
  const { env } = commandOf(parsePlist(text));
  const owner = ownerOf(env[MARKER]);
  return { file, owner, texts: { [file]: text } };
}

type Dict = { readonly [key: string]: PlistValue };
const dict = (value: PlistValue | undefined): Dict =>
  typeof value === 'object' && !Array.isArray(value) ? (value as Dict) : {};

function commandOf(plist: PlistValue | undefined): ServiceCommand {
  const { ProgramArguments, EnvironmentVariables, WorkingDirectory } = dict(plist);
  const argv = Array.isArray(ProgramArguments) ? ProgramArguments.map(String) : [];
  const env = Object.fromEntries(
    Object.entries(dict(EnvironmentVariables)).map(([key, value]) => [key, String(value)]),
  );
  return {
    argv,
    env,
    ...(typeof WorkingDirectory === 'string' ? { workingDirectory: WorkingDirectory } : {}),
  };
}

async function facts({ run, label, file, uid }: LaunchdPlace, target: string): Promise<ServiceFacts> {
  const [text, printed, disabled] = await Promise.all([
    shortText(file),
    run('launchctl', ['print', target], { timeoutMs: 10_000 }),
    run('launchctl', ['print-disabled', `gui/${uid}`], { timeoutMs: 10_000 }),
  ]);
  const base = { manager: 'launchd', name: label, scope: 'user' } as const;
  const plist = text === undefined ? undefined : parsePlist(text);
  const written = text === undefined ? {} : { file, command: commandOf(plist) };
  const isOff = isDisabled(disabled.stdout, label);
  const isEnabled = text !== undefined && dict(plist).RunAtLoad === true && !isOff;
  if (printed.exitCode === 0) return { ...base, ...written, isEnabled, ...printedState(printed.stdout) };
  if (printed.exitCode === NOT_LOADED)
    return {
      ...base,
      ...written,
      isEnabled,
      state: text === undefined ? 'not-installed' : 'stopped',
      detail: 'not loaded',
    };
  const detail =
    printed.stderr.trim().split('\n')[0] || `launchctl: ${printed.failure ?? `exit ${printed.exitCode}`}`;
  return { ...base, ...written, isEnabled, state: 'unknown', detail: escapeControl(detail) };
}

/** `launchctl print` is not meant for programs, but its keys are the same in every language. */
function printedState(text: string): Pick<ServiceFacts, 'state' | 'pid' | 'detail' | 'lastExit'> {
  const field = (name: string): string | undefined => new RegExp(`^\\t${name} = (.+)$`, 'm').exec(text)?.[1];
  const pid = Number(field('pid'));
  const state = field('state') ?? 'unknown';
  const code = /^-?\d+/.exec(field('last exit code') ?? '')?.[0];
  const signal = field('last terminating signal');
  const lastExit = code === undefined && signal === undefined ? undefined : { code, signal };
  return {
    state: stateOf(state, pid, code),
    ...(pid > 0 ? { pid } : {}),
    detail: `state ${state}`,
    ...(lastExit
      ? { lastExit: { ...(code ? { code: Number(code) } : {}), ...(signal ? { signal } : {}) } }
      : {}),
  };
}

function stateOf(state: string, pid: number, code: string | undefined): ServiceFacts['state'] {
  if (state === 'running' || pid > 0) return 'running';
  if (state.startsWith('spawn')) return 'starting';
  return code !== undefined && code !== '0' ? 'failed' : 'stopped';
}

/** `"ai.openclaw.gateway" => disabled`; older systems write `true`. */
const isDisabled = (printed: string, label: string): boolean =>
  ['disabled', 'true'].some((word) => printed.includes(`"${label}" => ${word}`));

import { realpath } from 'node:fs/promises';
import type { ProgramResult, RunProgram } from './program-runner.ts';
import { commandProblem, note, problem, type ServiceNote, type ServiceProblem } from './service-manager.ts';
import { splitWords } from './systemd-words.ts';

/** Whose user manager is asked, and from where. */
export interface SessionPlace {
  run: RunProgram;
  /** Name of the account. */
  user: string;
  uid: number;
  home: string;
  env: NodeJS.ProcessEnv;
  isContainer: boolean;
}

/** What needs no work of systemd, so that one that has not answered by then hangs. */
const QUESTION = ['--user', 'show-environment'];
const ANSWER_MS = 10_000;

/** What keeps the user's systemd from taking orders; nothing is changed by asking. */
export async function sessionProblem(place: SessionPlace): Promise<ServiceProblem | undefined> {
  const { run, home, uid, env } = place;
  const { SUDO_USER } = env;
  if (uid === 0 && SUDO_USER && SUDO_USER !== 'root') return problem('RUN_WITH_SUDO', { user: SUDO_USER });
  const asked = await run('systemctl', QUESTION, { timeoutMs: ANSWER_MS });
  if (asked.exitCode !== 0) return unreachable(place, asked);
  const theirs = managerEnvironment(asked.stdout).HOME;
  const isSame = theirs === undefined || (await resolved(theirs)) === (await resolved(home));
  return isSame ? undefined : problem('HOME_DIFFERS', { ours: home, theirs });
}

/** A home may be reached through a link. */
const resolved = (path: string): Promise<string> => realpath(path).catch(() => path);

function unreachable({ isContainer, user, uid }: SessionPlace, asked: ProgramResult): ServiceProblem {
  const { failure, stderr, exitCode } = asked;
  if (failure === 'timeout') return commandProblem(['systemctl', ...QUESTION].join(' '), asked);
  if (failure === 'missing')
    return problem(isContainer ? 'MANAGER_MISSING_IN_CONTAINER' : 'MANAGER_MISSING', {
      program: 'systemctl',
    });
  const detail = stderr.trim().split('\n')[0] || `systemctl: ${failure ?? `exit ${exitCode}`}`;
  return problem(isContainer ? 'USER_BUS_MISSING_IN_CONTAINER' : 'USER_BUS_MISSING', { detail, user, uid });
}

/** `NAME=value` lines, a value with blanks being written as `$'…'`. */
export function managerEnvironment(text: string): Record<string, string> {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value = ''] = /^([A-Za-z_]\w*)=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [[name, value.startsWith("$'") ? (splitWords(value.slice(1))[0] ?? '') : value] as const];
  });
  return Object.fromEntries(pairs);
}

/** Without lingering, systemd ends everything of a user who logs out. Undefined when it cannot be found out. */
export async function lingers({ run, user }: SessionPlace): Promise<boolean | undefined> {
  const { exitCode, stdout } = await run('loginctl', ['show-user', user, '--property=Linger']);
  if (exitCode === 0) return /^Linger=yes$/m.test(stdout);
  // A user who is not logged in and does not linger is unknown to it.
  return exitCode === null ? undefined : false;
}

/** Lets the user's services outlive the log-out, if that is allowed without asking. */
export async function enableLinger(place: SessionPlace): Promise<{ note?: ServiceNote; isOurs: boolean }> {
  const { run, user } = place;
  if (await lingers(place)) return { isOurs: false };
  const { exitCode } = await run('loginctl', ['enable-linger', user]);
  const works = exitCode === 0 && (await lingers(place)) === true;
  return { note: note(works ? 'LINGER_ENABLED' : 'LINGER_OFF', { user }), isOurs: works };
}

export async function disableLinger({ run, user }: SessionPlace): Promise<ServiceNote> {
  const { exitCode } = await run('loginctl', ['disable-linger', user]);
  return note(exitCode === 0 ? 'LINGER_DISABLED' : 'LINGER_KEPT', { user });
}

import type { StartReason } from '../messages/start-messages.ts';
import type { ProgramResult } from './program-runner.ts';
import type { ServiceFacts, ServiceManagerName } from './service-facts.ts';
import type { DefinitionOwner } from './service-names.ts';
import type { ServicePlan } from './service-plan.ts';

/** Every reason for which a service command does not do what it was asked; the words are in core/messages. */
export const SERVICE_PROBLEMS = [
  'MANAGER_MISSING',
  'MANAGER_MISSING_IN_CONTAINER',
  'USER_BUS_MISSING',
  'USER_BUS_MISSING_IN_CONTAINER',
  'RUN_WITH_SUDO',
  'HOME_DIFFERS',
  'DESKTOP_SESSION_MISSING',
  'MANAGER_DENIED',
  'MANAGER_SILENT',
  'MANAGER_FAILED',
  'DEFINITION_NOT_OURS',
  'PROGRAM_MISSING',
  'GATEWAY_RUNS_OUTSIDE',
  'PORT_TAKEN',
  'NOT_INSTALLED',
  'ENDED_AT_ONCE',
  'DOES_NOT_ANSWER',
  'DOES_NOT_STOP',
  'RUNTIME_REFUSED',
  'CONFIG_MISSING',
  'CONFIG_UNUSABLE',
  'MODE_NOT_LOCAL',
  'AUTH_MODE_UNCLEAR',
  'SECRET_UNRESOLVED',
  'TOKEN_IS_REFERENCE',
  'TOKEN_UNUSABLE',
  'TOKEN_NOT_USED',
  'PASSWORD_MISSING',
  'PASSWORD_ONLY_IN_SHELL',
  'START_BLOCKED',
] as const;

export type ServiceProblemCode = (typeof SERVICE_PROBLEMS)[number];

/** What a person is told beside the outcome. */
export const SERVICE_NOTES = [
  'TOKEN_GENERATED',
  'TOKEN_STORED',
  'TOKEN_IN_LISTINGS',
  'SECRET_ONLY_IN_SHELL',
  'NODE_PATH_TEMPORARY',
  'NODE_PATH_VERSIONED',
  'PROGRAM_PATH_TEMPORARY',
  'PROGRAM_PATH_VERSIONED',
  'BACKED_UP',
  'DEFINITION_DIFFERS',
  'LINGER_ENABLED',
  'LINGER_OFF',
  'LINGER_DISABLED',
  'LINGER_KEPT',
  'REMOVED',
  'RUNS_OUTSIDE_STILL',
] as const;

export type ServiceNoteCode = (typeof SERVICE_NOTES)[number];

export type Values = Readonly<Record<string, string | number>>;

export interface ServiceProblem {
  code: ServiceProblemCode;
  values: Values;
  /** Of START_BLOCKED: why, to be said in any language. */
  told?: StartReason;
  /** The last the gateway or its manager said, for people; harmless for a terminal when shown with `safeText`. */
  lastWords?: readonly string[];
}

export interface ServiceNote {
  code: ServiceNoteCode;
  values: Values;
}

export const problem = (code: ServiceProblemCode, values: Values = {}): ServiceProblem => ({ code, values });
export const note = (code: ServiceNoteCode, values: Values = {}): ServiceNote => ({ code, values });

/** What makes up a definition: the text of each of its files, by its path. */
export type DefinitionTexts = Readonly<Record<string, string>>;

/** The definition as it lies there now; that of an older installation may hold secrets. */
export interface Definition {
  file: string;
  owner: DefinitionOwner;
  texts: DefinitionTexts;
}

/** All that a person would want back as it was. */
export interface ServiceSnapshot {
  texts: DefinitionTexts;
  isEnabled: boolean;
  isRunning: boolean;
}

export type Outcome<T = object> = ({ ok: true } & T) | { ok: false; problem: ServiceProblem };

/**
 * One program of the operating system that keeps a gateway running. Each act changes nothing but the one service it
 * was made for, and says what is in the way as a value.
 */
export interface ServiceManager {
  readonly name: ServiceManagerName;
  /** What people know the service by. */
  readonly service: string;
  facts(): Promise<ServiceFacts>;
  /** What stands in the way of any change here; nothing is written. */
  check(): Promise<ServiceProblem | undefined>;
  definition(): Promise<Definition | undefined>;
  /** What `install` would write. */
  preview(plan: ServicePlan): Promise<DefinitionTexts>;
  /** Writes and registers the definition, so that it starts by itself from the next log-in on; does not start it. */
  install(plan: ServicePlan): Promise<Outcome<{ file: string; notes: ServiceNote[] }>>;
  /** Puts an earlier state back. What runs goes on, unless nothing ran then. */
  restore(state: ServiceSnapshot): Promise<ServiceProblem | undefined>;
  start(): Promise<ServiceProblem | undefined>;
  /** Asks the service to end and not to come back before the next log-in. Nothing to do is no problem. */
  stop(): Promise<ServiceProblem | undefined>;
  /** Ends the process and starts another one; one that does not run is started. */
  restart(): Promise<ServiceProblem | undefined>;
  /** Stops the service, and takes away everything that `install` made; `REMOVED` notes name it. */
  uninstall(): Promise<Outcome<{ notes: ServiceNote[] }>>;
  /** The last lines the service wrote where only its manager keeps them; since then (epoch ms) where it tells. */
  lastWords(since: number): Promise<string[]>;
}

const DENIED = /permission denied|access (is )?denied|0x80070005|operation not permitted/i;

/** What a program of the manager failed with; its own words are kept, because only it knows them. */
export function commandProblem(command: string, result: ProgramResult): ServiceProblem {
  if (result.failure === 'timeout') return problem('MANAGER_SILENT', { command });
  const said = (result.stderr.trim() || result.stdout.trim()).split(/\r?\n/).slice(0, 3).join(' ');
  const detail = said || result.failure || `exit ${result.exitCode}`;
  const code = result.failure === 'denied' || DENIED.test(said) ? 'MANAGER_DENIED' : 'MANAGER_FAILED';
  return problem(code, { command, detail });
}

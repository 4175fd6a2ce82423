import { pathRisk } from './program-path.ts';
import type { ServiceCommand, ServiceFacts } from './service-facts.ts';
import type { Values } from './service-manager.ts';

/** Ways in which what a service starts is not what the configuration, or its owner, would want started. */
export const SERVICE_FINDINGS = [
  'SERVICE_COMMAND_UNKNOWN',
  'SERVICE_PROGRAM_GONE',
  'SERVICE_FILE_GONE',
  'SERVICE_PROGRAM_VERSIONED',
  'SERVICE_PROGRAM_TEMPORARY',
  'SERVICE_STATE_DIFFERS',
  'SERVICE_PORT_DIFFERS',
  'SERVICE_TOKEN_EMBEDDED',
  'SERVICE_PASSWORD_EMBEDDED',
  'SERVICE_TOKEN_DIFFERS',
  'SERVICE_TOKEN_UNRESOLVED',
  'SERVICE_DISABLED',
] as const;

export type ServiceFindingCode = (typeof SERVICE_FINDINGS)[number];

export interface ServiceFinding {
  code: ServiceFindingCode;
  /** `error`: it does not work like this. `advice`: one day it may not. */
  level: 'error' | 'advice';
  values: Values;
}

/** What the configuration says of the token, as `configuredToken` finds out. */
export type ConfiguredToken =
  /** Token auth is not what counts, so no token is looked at. */
  | { kind: 'not-active' }
  | { kind: 'none' }
  | { kind: 'known'; value: string }
  | { kind: 'unresolved'; reason: string };

export interface DriftSubject {
  facts: ServiceFacts;
  /** That commands here would use for a gateway of this state directory. */
  port: number;
  stateDir: string;
  configPath: string;
  token: ConfiguredToken;
  /** Of a state directory that the service's own command and variables lead to. */
  serviceState: { stateDir: string; configPath: string };
  exists(path: string): boolean;
  /** Places that the system empties by itself. */
  temporaryDirs: readonly string[];
}

/** Compares the service with the configuration; empty when they agree, or when nothing is installed. No value is a secret. */
export function serviceDrift(subject: DriftSubject): ServiceFinding[] {
  const { facts } = subject;
  const { command } = facts;
  if (command === undefined) return [];
  if (!command.argv.some((word) => word === 'gateway'))
    return [finding('SERVICE_COMMAND_UNKNOWN', 'error', {})];
  return [
    ...programFindings(subject, command),
    ...(command.missingFiles ?? []).map((path) => finding('SERVICE_FILE_GONE', 'error', { path })),
    ...stateFindings(subject),
    ...portFindings(subject, command),
    ...secretFindings(subject, command),
    ...(facts.isEnabled || facts.state === 'unknown' ? [] : [finding('SERVICE_DISABLED', 'advice', {})]),
  ];
}

const finding = (
  code: ServiceFindingCode,
  level: ServiceFinding['level'],
  values: Values,
): ServiceFinding => ({
  code,
  level,
  values,
});

const isAbsolute = (word: string): boolean => /^([/\\]|[A-Za-z]:[\\/])/.test(word);

/** Node and the script it runs. */
function programFindings(
  { exists, temporaryDirs }: DriftSubject,
  { argv }: ServiceCommand,
): ServiceFinding[] {
  const script = argv.slice(1).find((word) => !word.startsWith('-'));
  const programs = [argv[0], script].filter((path): path is string => path !== undefined && isAbsolute(path));
  return programs.flatMap((path) => {
    if (!exists(path)) return [finding('SERVICE_PROGRAM_GONE', 'error', { path })];
    const risk = pathRisk(path, temporaryDirs);
    if (risk === undefined) return [];
    const code = risk === 'version-manager' ? 'SERVICE_PROGRAM_VERSIONED' : 'SERVICE_PROGRAM_TEMPORARY';
    return [finding(code, 'advice', { path })];
  });
}

function stateFindings({ serviceState, stateDir, configPath }: DriftSubject): ServiceFinding[] {
  if (serviceState.stateDir !== stateDir)
    return [finding('SERVICE_STATE_DIFFERS', 'error', { service: serviceState.stateDir, here: stateDir })];
  if (serviceState.configPath === configPath) return [];
  return [finding('SERVICE_STATE_DIFFERS', 'error', { service: serviceState.configPath, here: configPath })];
}

/** The port that a service's own command asks for; undefined when it leaves that to the configuration. */
export function servicePort({ argv, env }: ServiceCommand): number | undefined {
  const text = flagValue(argv, '--port') ?? env.OPENCLAW_GATEWAY_PORT;
  return text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : undefined;
}

function portFindings({ port }: DriftSubject, command: ServiceCommand): ServiceFinding[] {
  const service = servicePort(command);
  if (service === undefined || service === port) return [];
  return [finding('SERVICE_PORT_DIFFERS', 'error', { service, config: port })];
}

const TOKEN = 'OPENCLAW_GATEWAY_TOKEN';
const PASSWORD = 'OPENCLAW_GATEWAY_PASSWORD';

function secretFindings({ token }: DriftSubject, { argv, env }: ServiceCommand): ServiceFinding[] {
  const embedded = env[TOKEN]?.trim() || flagValue(argv, '--token');
  const found = embedded ? [finding('SERVICE_TOKEN_EMBEDDED', 'advice', { name: TOKEN })] : [];
  if (env[PASSWORD]?.trim() || flagValue(argv, '--password'))
    found.push(finding('SERVICE_PASSWORD_EMBEDDED', 'advice', { name: PASSWORD }));
  if (token.kind === 'unresolved')
    found.push(
      finding('SERVICE_TOKEN_UNRESOLVED', 'error', { path: 'gateway.auth.token', reason: token.reason }),
    );
  if (embedded && token.kind === 'known' && token.value !== embedded)
    found.push(finding('SERVICE_TOKEN_DIFFERS', 'error', { name: TOKEN, path: 'gateway.auth.token' }));
  return found;
}

/** What an option of a command is given, as the next word or behind `=`. */
export function flagValue(argv: readonly string[], flag: string): string | undefined {
  const at = argv.findIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = argv[at];
  return word?.startsWith(`${flag}=`) ? word.slice(flag.length + 1) : word && argv[at + 1];
}

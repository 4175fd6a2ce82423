import { publicArguments } from '../../core/host/command-line.ts';
import { type Listener, listenerAddresses } from '../../core/host/port-holder.ts';
import { asText } from '../../core/lib/json.ts';
import { ownProgram } from '../../core/lib/own-program.ts';
import { publicValue } from '../../core/service/public-definition.ts';
import { SERVICE_FINDINGS, type ServiceFinding } from '../../core/service/service-drift.ts';
import type { ServiceFacts } from '../../core/service/service-facts.ts';
import { findingsOf } from '../../core/verdict/doctor.ts';
import type { Finding } from '../../core/verdict/evidence.ts';
import type { Inspection } from '../../core/verdict/inspect-gateway.ts';
import type { NetworkLook } from '../../core/verdict/network-look.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import { VERSION } from '../../core/version.ts';
import type { OwnCertificate } from '../own-certificate.ts';
import { capabilityOf } from './capability.ts';
import type { CheckedConfig } from './subject.ts';
import { verdictDocument } from './verdict-text.ts';

/** Everything `gateway status` has found out. */
export interface StatusFacts {
  inspection: Inspection;
  /** Of this machine, whichever gateway is asked; undefined where no service manager is known. */
  service: ServiceFacts | undefined;
  /** How it differs from the configuration, where the inspection is about another gateway. */
  drift: readonly ServiceFinding[];
  configPath: string;
  config: CheckedConfig;
  logFile: string;
  home: string;
  /** Of the gateway of this machine, as the port is. */
  bind: { mode: string; host: string };
  port: number;
  portSource: string;
  /** Who listens there. */
  listeners: readonly Listener[];
  /** False with `--no-probe`. */
  isProbed: boolean;
  /** Why the secret in use could not be resolved, where the probe has failed. */
  authWarning: string | undefined;
  /** Undefined when the configuration does not say where the gateway is. */
  url: string | undefined;
  /** Of the gateway on this machine; undefined when TLS is off. */
  tls: OwnCertificate | undefined;
  /** Services of the system and gateways outside any service, with `--deep`. */
  extra: { services: ServiceFacts[]; gateways: Listener[] };
}

/** The JSON of `gateway status`; source: CLI page, status. Fields of both eras, and the verdict. */
export function statusDocument(facts: StatusFacts): Record<string, unknown> {
  const { inspection, config, extra } = facts;
  const { network, verdict, fix } = inspection;
  const file = {
    path: facts.configPath,
    exists: config.file.exists,
    valid: config.issues.length === 0,
    ...(config.issues.length > 0 && { issues: config.issues }),
  };
  return {
    cli: { version: VERSION, entrypoint: ownProgram(process) },
    logFile: facts.logFile,
    service: { ...serviceDocument(facts.service), configAudit: auditDocument(facts) },
    config: { cli: file, daemon: file },
    gateway: {
      bindMode: facts.bind.mode,
      bindHost: facts.bind.host,
      port: facts.port,
      portSource: facts.portSource,
      ...(facts.url !== undefined && { probeUrl: facts.url }),
      ...(facts.tls && { tls: tlsDocument(facts.tls) }),
      ...(network?.hello && { version: network.hello.server.version }),
    },
    port: portDocument(facts.port, facts.listeners),
    ...rpcPart(facts),
    extraServices: extra.services.map(serviceDocument),
    extraGateways: extra.gateways.map(listenerDocument),
    verdict: verdictDocument(verdict, fix),
  };
}

const tlsDocument = ({ files, fingerprint, validToMs }: OwnCertificate) => ({
  certPath: files.certPath,
  ...(fingerprint !== undefined && { fingerprintSha256: fingerprint }),
  ...(validToMs !== undefined && { validTo: new Date(validToMs).toISOString() }),
});

const LABELS = { systemd: 'systemd', launchd: 'LaunchAgent', schtasks: 'Scheduled Task' } as const;

export const labelOf = ({ manager }: ServiceFacts): string => LABELS[manager];

export function serviceDocument(service: ServiceFacts | undefined): Record<string, unknown> {
  if (!service) return { label: 'none', loaded: false, command: null, runtime: { status: 'unknown' } };
  const { name, state, pid, detail, command, file, scope, isEnabled, lastExit } = service;
  return {
    label: labelOf(service),
    name,
    scope,
    loaded: state !== 'not-installed' && state !== 'unknown' && isEnabled,
    loadedText: 'enabled',
    notLoadedText: 'disabled',
    ...(file && { file }),
    command: command
      ? {
          programArguments: publicArguments(command.argv),
          environment: shownEnv(command.env),
          ...(command.workingDirectory && { workingDirectory: command.workingDirectory }),
        }
      : null,
    runtime: {
      status: state,
      ...(pid !== undefined && { pid }),
      ...(detail && { detail }),
      ...(lastExit && { lastExit }),
    },
  };
}

/**
 * What there is to say about the definition of the service, in the shape other programs read. Each is mended by
 * writing the definition again, which that shape calls `recommended`. Source: CLI page, status.
 */
function auditDocument({ inspection, drift }: StatusFacts): Record<string, unknown> {
  const issues = [...findingsOf(inspection), ...drift]
    .filter(({ code }) => (SERVICE_FINDINGS as readonly string[]).includes(code))
    .map((finding) => ({
      code: finding.code,
      message: wordsFor(finding, inspection.fix, 'en').problem,
      level: 'recommended',
    }));
  return { ok: issues.length === 0, issues };
}

/** Definitions of older installations hold secrets; names say enough. */
const shownEnv = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [name, publicValue(name, value)]));

function portDocument(port: number, listeners: readonly Listener[]): Record<string, unknown> {
  return {
    port,
    status: listeners.length > 0 ? 'busy' : 'free',
    listeners: listeners.map(listenerDocument),
    hints: [],
  };
}

function listenerDocument(listener: Listener): Record<string, unknown> {
  const { pid, program, commandLine, user, gateway } = listener;
  return {
    ...(pid !== undefined && { pid }),
    command: program,
    address: listenerAddresses(listener),
    commandLine,
    ...(user !== undefined && { user }),
    ...(gateway && { gateway: { verifiedBy: gateway.verifiedBy } }),
  };
}

/** Absent with `--no-probe`. Who asks for `rpc.ok` gets an answer also where nobody listens. */
function rpcPart({ inspection, isProbed, authWarning, url = '' }: StatusFacts): Record<string, unknown> {
  const { network, verdict, fix } = inspection;
  if (!isProbed) return {};
  const warning = authWarning === undefined ? {} : { authWarning };
  if (network) return { rpc: { ...rpcDocument(url, network), ...warning } };
  const error = verdict.finding ? wordsFor(verdict.finding, fix, 'en').problem : 'nobody listens';
  return { rpc: { ok: false, kind: 'connect', url, capability: 'unknown', error, ...warning } };
}

/** In the words of the gateway, where it has said something. */
const reasonOf = (finding: Finding | undefined): string | undefined =>
  finding?.code === 'SCOPE_MISSING'
    ? `missing scope: ${finding.values.scope}`
    : (asText(finding?.values.reason) ?? finding?.code);

function rpcDocument(url: string, network: NetworkLook): Record<string, unknown> {
  const { hello, error, evidence } = network;
  const rpc = evidence.find(({ layer }) => layer === 'rpc');
  const fault = evidence.find(({ state }) => state === 'broken');
  const isOk = rpc?.state === 'ok';
  return {
    ok: isOk,
    kind: isOk ? 'read' : 'connect',
    url,
    capability: capabilityOf(network),
    ...(hello && {
      auth: { role: hello.auth.role, scopes: hello.auth.scopes, capability: capabilityOf(network) },
      server: { version: hello.server.version, connId: hello.server.connId },
      version: hello.server.version,
    }),
    ...(!isOk && { error: error?.message ?? reasonOf(fault?.finding) }),
  };
}

import { join } from 'node:path';
import { bindPlan } from '../../core/host/bind-addresses.ts';
import { asText, valueAt } from '../../core/lib/json.ts';
import { currentLogPath } from '../../core/logs/log-files.ts';
import { statusMessages } from '../../core/messages/status-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { unresolvedSecret } from '../credentials.ts';
import type { Action, Invocation } from '../invocation.ts';
import { lookHere } from '../operate/look-here.ts';
import { extraFacts } from '../operate/service.ts';
import { type StatusFacts, statusDocument } from '../operate/status-report.ts';
import { statusLines } from '../operate/status-text.ts';
import type { CheckedConfig } from '../operate/subject.ts';
import type { QueryOptions } from '../options.ts';
import { ownCertificate } from '../own-certificate.ts';
import type { Settings } from '../settings.ts';
import { DEFAULT_PORT, type Target } from '../target.ts';

export interface StatusFlags extends QueryOptions {
  /** False with `--no-probe`. */
  probe: boolean;
  deep?: boolean;
  requireRpc?: boolean;
  verbose?: boolean;
}

type Status = Invocation<StatusFlags>;

/** Exit 0 also when everything is down, except with `--require-rpc`; source: CLI page, status. */
export const gatewayStatus: Action<StatusFlags> = async (invocation) => {
  const { cli, output, options } = invocation;
  if (options.requireRpc && !options.probe) {
    const say = statusMessages.in(output.json ? 'en' : invocation.language);
    throw new RpcError('BAD_ARGUMENT', say('probeRequired'));
  }
  cli.endWhenInterrupted();
  const facts = await findOut(invocation);
  if (output.json) output.value(statusDocument(facts));
  else for (const line of statusLines(facts, invocation, options.verbose === true)) output.line(line);
  return options.requireRpc && !answers(facts.inspection) ? 1 : 0;
};

const answers = ({ network }: StatusFacts['inspection']): boolean =>
  network?.evidence.find(({ layer }) => layer === 'rpc')?.state === 'ok';

async function findOut(invocation: Status): Promise<StatusFacts> {
  const { cli, options } = invocation;
  const { probe, timeout = 10_000 } = options;
  const look = await lookHere(invocation, { probe, timeoutMs: timeout, home: true });
  const { inspection, settings, config, target, home } = look;
  const port = home?.target.port ?? DEFAULT_PORT;
  const isRefused = probe && target !== undefined && !answers(inspection);
  const secret = isRefused ? await unresolvedSecret({ target, settings, options }) : undefined;
  return {
    inspection,
    service: inspection.local?.service ?? home?.service?.facts,
    drift: home?.service?.drift ?? [],
    listeners: inspection.local?.listeners ?? home?.listeners ?? [],
    config,
    port,
    ...placeOf(settings, home?.target, config),
    home: settings.paths.home,
    logFile: currentLogPath(logPlace(settings), cli.clock.now()),
    isProbed: probe,
    authWarning: secret?.message,
    url: target?.url,
    tls: inspection.local && ownCertificate(settings),
    extra: options.deep ? await extraFacts(invocation, settings, port) : { services: [], gateways: [] },
  };
}

function placeOf(
  settings: Settings,
  target: Target | undefined,
  { file }: CheckedConfig,
): Pick<StatusFacts, 'configPath' | 'bind' | 'portSource'> {
  const mode = asText(valueAt(file.resolved, 'gateway.bind')) ?? 'loopback';
  return {
    configPath: settings.paths.configPath,
    bind: { mode, host: bindHost(mode, asText(valueAt(file.resolved, 'gateway.customBindHost'))) },
    portSource: target?.portDetail ? 'running gateway' : 'env/config',
  };
}

/** A mode that cannot be had is told by the verdict. */
function bindHost(mode: string, customHost: string | undefined): string {
  try {
    return bindPlan(mode as Parameters<typeof bindPlan>[0], customHost).addresses[0] ?? '';
  } catch {
    return customHost ?? '';
  }
}

function logPlace({ paths, config }: Settings): Parameters<typeof currentLogPath>[0] {
  const file = asText(valueAt(config, 'logging.file'));
  return {
    dir: join(paths.trayDir, 'logs'),
    ...(file !== undefined && { file: file.replace(/^~(?=$|[\\/])/, () => paths.home) }),
    ...(paths.profile !== undefined && { profile: paths.profile }),
  };
}

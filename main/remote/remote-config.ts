import type { GivenAuth } from '../../core/client/credentials.ts';
import { formatConfigPath } from '../../core/config/config-path.ts';
import type { Edit } from '../../core/config/edit.ts';
import { type ConfigFile, readConfigFile } from '../../core/config/read.ts';
import { readConfigSchema } from '../../core/config/schema.ts';
import { resolveSecret } from '../../core/config/secrets.ts';
import { planEdits, storeWrite } from '../../core/config/write.ts';
import { asNumber, asText, valueAt } from '../../core/lib/json.ts';
import type { Destination } from '../bridge/contract.ts';
import { checkDestination, destinationKey, type RemoteDestination } from '../destination.ts';
import { allowsInsecure, type Surroundings } from '../gateway-route.ts';

/** The gateway that `gateway.remote` names; undefined when it names none that can be used. */
export async function offeredDestination(surroundings: Surroundings): Promise<Destination | undefined> {
  return offeredBy(await readConfig(surroundings), surroundings);
}

function offeredBy({ resolved }: ConfigFile, { env }: Surroundings): Destination | undefined {
  const remote = (name: string) => asText(valueAt(resolved, `gateway.remote.${name}`));
  const named = (): Destination | undefined => {
    const target = remote('transport') === 'direct' ? undefined : remote('sshTarget');
    const url = remote('url');
    if (target !== undefined) {
      const identityFile = remote('sshIdentity');
      const remotePort = asNumber(valueAt(resolved, 'gateway.remote.remotePort'));
      return {
        kind: 'ssh',
        target,
        ...(identityFile && { identityFile }),
        ...(remotePort && { remotePort }),
      };
    }
    const tlsFingerprint = remote('tlsFingerprint');
    return url === undefined ? undefined : { kind: 'direct', url, ...(tlsFingerprint && { tlsFingerprint }) };
  };
  const destination = named();
  if (destination === undefined) return undefined;
  try {
    return checkDestination(destination, { language: 'en', allowInsecure: allowsInsecure(env) });
  } catch {
    return undefined;
  }
}

/** The secret that was configured for this very gateway; empty for any other one, and when it cannot be had. */
export async function configuredAuth(
  destination: RemoteDestination,
  surroundings: Surroundings,
): Promise<GivenAuth> {
  const file = await readConfig(surroundings);
  const offered = offeredBy(file, surroundings);
  if (offered === undefined || destinationKey(offered) !== destinationKey(destination)) return {};
  for (const kind of ['token', 'password'] as const) {
    const written = valueAt(file.resolved, `gateway.remote.${kind}`);
    if (written === undefined || written === '') continue;
    const secret = await resolveSecret(written, file.resolved, file.env);
    if (secret.ok) return { [kind]: secret.value };
  }
  return {};
}

export interface ConfigChange {
  /** Dotted. */
  path: string;
  /** Absent: it is not set. */
  before?: string;
  after?: string;
}

/** What has to change for commands to ask this gateway; `localPort` is where it is reached here, behind SSH. */
export async function planRemoteConfig(
  destination: RemoteDestination,
  localPort: number,
  surroundings: Surroundings,
): Promise<ConfigChange[]> {
  const { resolved } = await readConfig(surroundings);
  return remoteEdits(destination, localPort).flatMap((edit) => {
    const path = formatConfigPath(edit.path);
    const before = valueAt(resolved, path);
    const after = 'value' in edit ? edit.value : undefined;
    if (before === after) return [];
    return [
      {
        path,
        ...(before === undefined ? {} : { before: String(before) }),
        ...(after === undefined ? {} : { after: String(after) }),
      },
    ];
  });
}

/** Writes it, and leaves everything else of the file as it is. Throws CONFIG_INVALID, STORE_UNUSABLE, INVALID_REQUEST. */
export async function writeRemoteConfig(
  destination: RemoteDestination,
  localPort: number,
  { paths, env }: Surroundings,
): Promise<void> {
  const { configPath: path, stateDir } = paths;
  const context = { path, stateDir, env, schema: readConfigSchema() };
  await storeWrite(await planEdits(remoteEdits(destination, localPort), context));
}

function remoteEdits(destination: RemoteDestination, localPort: number): Edit[] {
  const isSsh = destination.kind === 'ssh';
  const values = isSsh
    ? {
        transport: 'ssh',
        url: `ws://127.0.0.1:${localPort}`,
        sshTarget: destination.target,
        sshIdentity: destination.identityFile,
        remotePort: destination.remotePort,
        tlsFingerprint: undefined,
      }
    : {
        transport: 'direct',
        url: destination.url,
        sshTarget: undefined,
        sshIdentity: undefined,
        remotePort: undefined,
        tlsFingerprint: destination.tlsFingerprint,
      };
  return [
    { path: ['gateway', 'mode'], value: 'remote' },
    ...Object.entries(values).map(([name, value]): Edit => {
      const path = ['gateway', 'remote', name];
      return value === undefined ? { path, remove: true } : { path, value };
    }),
  ];
}

const readConfig = ({ paths, env }: Surroundings): Promise<ConfigFile> =>
  readConfigFile(paths.configPath, env, { stateDir: paths.stateDir });

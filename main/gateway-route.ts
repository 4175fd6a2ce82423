import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { connect } from '../core/client/connect.ts';
import { openDeviceTokenStore } from '../core/client/device-token-store.ts';
import type { StatePaths } from '../core/config/paths.ts';
import { loadOrCreateIdentity } from '../core/devices/identity.ts';
import type { Clock } from '../core/lib/clock.ts';
import { asText } from '../core/lib/json.ts';
import type { NetworkTarget } from '../core/verdict/network-look.ts';
import { VERSION } from '../core/version.ts';
import type { SessionRoute } from './reach.ts';

export interface Surroundings {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  paths: StatePaths;
}

/** Milliseconds for one look at a gateway. */
export const LOOK_MS = 8_000;

type Introduction = Pick<SessionRoute, 'client' | 'caps' | 'allowInsecure' | 'device' | 'tokens'>;

/**
 * How the app introduces itself to a gateway. Without a device only a `backend` may act on a shared secret, and only
 * from the gateway's own machine, to which a tunnel belongs.
 */
export const introduction = ({ env }: Pick<Surroundings, 'env'>, device: Device): Introduction => ({
  ...device,
  caps: ['tool-events'],
  client: {
    id: 'gateway-client',
    mode: device.device === undefined ? 'backend' : 'ui',
    version: VERSION,
    platform: process.platform,
    displayName: asText(hostname()) || 'desktop',
  },
  allowInsecure: allowsInsecure(env),
});

export const allowsInsecure = (env: NodeJS.ProcessEnv): boolean =>
  env.OPENCLAW_ALLOW_INSECURE_PRIVATE_WS === '1';

type Device = Pick<SessionRoute, 'device' | 'tokens'>;

/** This device, where that gateway has given it a token: shown to any other it would ask to be paired. */
export async function knownDevice(paths: StatePaths, url: string): Promise<Device> {
  const file = deviceFile(paths);
  if (!existsSync(file)) return {};
  const device = await loadOrCreateIdentity(file).catch(() => undefined);
  const tokens = tokenStore(paths);
  const key = device && { endpoint: { url }, deviceId: device.deviceId, role: 'operator' };
  return key && (await tokens.get(key)) ? { device, tokens } : {};
}

/** This device, also towards a gateway that does not know it: that one may want to have it approved. */
export const ownDevice = async (paths: StatePaths): Promise<Device> => ({
  device: await loadOrCreateIdentity(deviceFile(paths)),
  tokens: tokenStore(paths),
});

const deviceFile = ({ trayDir }: StatePaths): string => join(trayDir, 'identity', 'device.json');
const tokenStore = ({ trayDir }: StatePaths) =>
  openDeviceTokenStore(join(trayDir, 'identity', 'device-tokens.json'));

/** How to look at the gateway at the end of a route, with the same credentials and the least rights. */
export const networkOf = (route: SessionRoute, clock: Clock): NetworkTarget => ({
  url: route.url,
  dial: { tlsFingerprint: route.tlsFingerprint, allowInsecure: route.allowInsecure },
  connect: async (hooks) => {
    const auth = await route.renewAuth?.();
    // A device asks to be paired for what it is going to need, and once.
    const scopes = route.device ? {} : { scopes: ['operator.read'] };
    return connect({ ...route, ...hooks, ...scopes, clock, auth });
  },
});

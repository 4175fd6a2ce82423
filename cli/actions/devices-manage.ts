import { type OpenGateway, withGateway, withScopes } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { tellLines } from '../told-lines.ts';

interface TokenFlags extends QueryOptions {
  role: string;
}

interface RotateFlags extends TokenFlags {
  scope?: string[];
}

const AFTER_ROTATION =
  'Its open connections were closed. It gets the new token by itself when it next connects with the token or password of the gateway, or is paired again.';

const PAIRING = ['operator.pairing'];

export const devicesRemove: Action<QueryOptions> = (invocation) =>
  manage(invocation, async (gateway, deviceId) => {
    const result = await gateway.connection.call('device.pair.remove', { deviceId }, limit(gateway));
    return tell(invocation, result, `Removed device ${deviceId}.`);
  });

export const devicesRevoke: Action<TokenFlags> = (invocation) =>
  manage(invocation, async (gateway, deviceId) => {
    const { role } = invocation.options;
    const result = await gateway.connection.call('device.token.revoke', { deviceId, role }, limit(gateway));
    return tell(invocation, result, `Revoked the ${role} token of device ${deviceId}.`);
  });

export const devicesRotate: Action<RotateFlags> = (invocation) =>
  manage(invocation, async (gateway, deviceId) => {
    const { role, scope: scopes } = invocation.options;
    const held = scopes ?? (await scopesOfToken(gateway, deviceId, role));
    const params = { deviceId, role, ...(scopes && { scopes }) };
    return withScopes(invocation, gateway, [...PAIRING, ...held], async (able) => {
      const result = await able.connection.call('device.token.rotate', params, limit(able));
      return tell(invocation, result, `Rotated the ${role} token of device ${deviceId}.\n${AFTER_ROTATION}`);
    });
  });

const limit = ({ timeLeft }: OpenGateway): { timeoutMs: number } => ({ timeoutMs: timeLeft() });

function manage(
  invocation: Invocation<QueryOptions>,
  task: (gateway: OpenGateway, deviceId: string) => Promise<number>,
): Promise<number> {
  const [deviceId = ''] = invocation.args;
  invocation.cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: PAIRING }, (gateway) => task(gateway, deviceId));
}

function tell(
  invocation: Pick<Invocation, 'output' | 'language'>,
  result: unknown,
  sentence: string,
): number {
  const { output } = invocation;
  if (output.json) output.value(result);
  else tellLines(invocation, sentence);
  return 0;
}

/** Empty for a token that is not there: the gateway will say so. */
async function scopesOfToken(gateway: OpenGateway, deviceId: string, role: string): Promise<string[]> {
  const { paired } = await gateway.connection.call('device.pair.list', {}, limit(gateway));
  const device = paired.find((candidate) => candidate.deviceId === deviceId);
  return device?.tokens.find((token) => token.role === role)?.scopes ?? [];
}

import type { Result } from '../../core/protocol/contract.ts';
import { ago, type Field } from '../layout.ts';

export type Listing = Result<'device.pair.list'>;
export type Pending = Listing['pending'][number];
export type Paired = Listing['paired'][number];

type Named = Pick<Pending, 'deviceId' | 'displayName' | 'platform' | 'clientId'>;

/** `Kitchen tablet (android)`; without a name the client's, without that the beginning of the device id. */
export function deviceName({ displayName, clientId, deviceId, platform }: Named): string {
  const name = displayName || clientId || deviceId.slice(0, 12);
  return platform ? `${name} (${platform})` : name;
}

const list = (words: readonly string[]): string => words.join(', ') || 'none';

/** What someone who approves has to know, nothing cut short. */
export function pendingFields(pending: Pending, now: number): Field[] {
  return [
    ['Name', deviceName(pending)],
    ['Code', pending.pairingCode],
    ['Device', pending.deviceId],
    ['Role', pending.role],
    ['Scopes', list(pending.scopes)],
    ['Address', pending.remoteIp],
    ['Origin', pending.browserOrigin],
    ['Kind', pending.isRepair ? 'a device that is known already asks again' : 'a new device'],
    ['Asked', ago(pending.ts, now)],
  ];
}

export function pairedFields(paired: Paired, now: number): Field[] {
  return [
    ['Name', deviceName(paired)],
    ['Scopes', list(paired.scopes)],
    ['Paired', ago(paired.approvedAtMs, now)],
    ...paired.tokens.map((token): Field => ['Token', tokenText(token, now)]),
  ];
}

function tokenText(token: Paired['tokens'][number], now: number): string {
  const { role, rotatedAtMs, revokedAtMs, lastUsedAtMs, createdAtMs } = token;
  if (revokedAtMs !== undefined) return `${role}, revoked ${ago(revokedAtMs, now)}`;
  const made =
    rotatedAtMs === undefined ? `made ${ago(createdAtMs, now)}` : `rotated ${ago(rotatedAtMs, now)}`;
  return `${role}, ${made}${lastUsedAtMs === undefined ? '' : `, used ${ago(lastUsedAtMs, now)}`}`;
}

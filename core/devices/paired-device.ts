/** A device that wants a role and scopes, as its verified connect request states it. */
export interface PairingRequest {
  deviceId: string;
  publicKey: string;
  displayName?: string | undefined;
  platform?: string | undefined;
  deviceFamily?: string | undefined;
  clientId: string;
  clientMode: string;
  role: string;
  scopes: string[];
  remoteIp?: string | undefined;
  browserOrigin?: string | undefined;
}

/** A request that waits for an owner: the payload of `device.pair.requested`. */
export interface PendingDevice extends PairingRequest {
  requestId: string;
  roles: string[];
  silent: boolean;
  /** The device is paired already and asks for more, or with changed details. */
  isRepair: boolean;
  /** Epoch milliseconds of the latest ask; the request expires five minutes later. */
  ts: number;
}

export interface TokenSummary {
  role: string;
  /** Sorted. */
  scopes: string[];
  createdAtMs: number;
  rotatedAtMs?: number;
  revokedAtMs?: number;
}

export type ApprovedVia = 'owner' | 'silent';

/** What is known of a paired device, whoever looks. */
interface DeviceFacts {
  deviceId: string;
  publicKey: string;
  displayName?: string;
  platform?: string;
  deviceFamily?: string;
  clientId: string;
  clientMode: string;
  /** The role approved last. */
  role: string;
  approvedVia: ApprovedVia;
  createdAtMs: number;
  approvedAtMs: number;
  lastSeenAtMs?: number;
}

/** A paired device as operators see it: no token string, no key material but the public key. */
export interface PairedDevice extends DeviceFacts {
  /** Roles that are not revoked. */
  roles: string[];
  /** Approved scopes of these roles, in the order of their approval. */
  scopes: string[];
  lastSeenReason?: string;
  tokens: TokenSummary[];
}

/** What a device may do in one role, and which token proves it. */
export interface Grant {
  role: string;
  approvedScopes: string[];
  /** Asked for and left out by an owner; none of them is covered by the approved ones. */
  declinedScopes?: string[];
  /** Sorted; a rotation may make it narrower than the approved ones. */
  tokenScopes: string[];
  /** Random per issued token, never used again: an old token cannot come back to life with a new pairing. */
  generation: string;
  createdAtMs: number;
  rotatedAtMs?: number;
  revokedAtMs?: number;
}

/** A paired device as stored. */
export interface DeviceRecord extends DeviceFacts {
  grants: Grant[];
}

/** The grant of a role, unless it is revoked. */
export function activeGrant(record: DeviceRecord | undefined, role: string): Grant | undefined {
  return record?.grants.find((grant) => grant.role === role && grant.revokedAtMs === undefined);
}

export function viewOf(record: DeviceRecord): PairedDevice {
  const { grants, lastSeenAtMs, ...shared } = record;
  const active = grants.filter((grant) => grant.revokedAtMs === undefined);
  return {
    ...shared,
    roles: active.map((grant) => grant.role),
    scopes: [...new Set(active.flatMap((grant) => grant.approvedScopes))],
    ...(lastSeenAtMs === undefined ? {} : { lastSeenAtMs, lastSeenReason: 'connect' }),
    tokens: grants.map(summaryOf),
  };
}

function summaryOf(grant: Grant): TokenSummary {
  const { role, tokenScopes, createdAtMs, rotatedAtMs, revokedAtMs } = grant;
  return {
    role,
    scopes: [...tokenScopes],
    createdAtMs,
    ...(rotatedAtMs === undefined ? {} : { rotatedAtMs }),
    ...(revokedAtMs === undefined ? {} : { revokedAtMs }),
  };
}

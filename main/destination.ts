import { isAbsolute } from 'node:path';
import { parseEndpoint } from '../core/client/endpoint.ts';
import { normalizeFingerprint } from '../core/client/tls-pin.ts';
import { connectionMessages } from '../core/messages/connection-messages.ts';
import type { Language } from '../core/messages/language.ts';
import { sshMessages } from '../core/messages/ssh-messages.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { DEFAULT_REMOTE_PORT } from '../core/remote/default-port.ts';
import { parseSshTarget, targetText } from '../core/ssh/ssh-target.ts';
import type { Destination } from './bridge/contract.ts';

export type SshDestination = Extract<Destination, { kind: 'ssh' }>;
export type DirectDestination = Extract<Destination, { kind: 'direct' }>;
export type RemoteDestination = SshDestination | DirectDestination;

interface Judge {
  language: Language;
  /** ws:// to any address was asked for by the environment. */
  allowInsecure: boolean;
}

/** A destination in its usual spelling. Throws BAD_ARGUMENT, in words for whoever has typed it. */
export function checkDestination(destination: Destination, judge: Judge): Destination {
  if (destination.kind === 'ssh') return checkSsh(destination, judge);
  return destination.kind === 'direct' ? checkDirect(destination, judge) : destination;
}

function checkSsh(destination: SshDestination, { language }: Judge): SshDestination {
  const parsed = parseSshTarget(destination.target.trim());
  if (!parsed.ok) {
    const why = sshMessages.in(language)(`fault.${parsed.fault}`);
    throw refused(connectionMessages.in(language)('targetInvalid', { why }));
  }
  const { identityFile } = destination;
  if (identityFile !== undefined && !isKeyPath(identityFile))
    throw refused(connectionMessages.in(language)('identityInvalid'));
  return { ...destination, target: targetText(parsed.target) };
}

/**
 * No path that depends on where the app was started, or that climbs out of where it begins, and none of another computer:
 * Windows would log in there.
 */
const isKeyPath = (path: string): boolean =>
  !/^[\\/]{2}/.test(path) &&
  (isAbsolute(path) || /^~[\\/]/.test(path)) &&
  !path.split(/[\\/]/).includes('..');

function checkDirect(destination: DirectDestination, { language, allowInsecure }: Judge): DirectDestination {
  const say = connectionMessages.in(language);
  const { tlsFingerprint } = destination;
  const endpoint = tried(() => parseEndpoint(destination.url.trim()), say('addressInvalid'));
  if (!endpoint.secure && endpoint.reach === 'remote' && !allowInsecure)
    throw refused(say('addressInsecure'));
  if (tlsFingerprint === undefined) return { kind: 'direct', url: endpoint.url };
  if (!endpoint.secure) throw refused(say('fingerprintNeedsTls'));
  const pin = tried(() => normalizeFingerprint(tlsFingerprint), say('fingerprintInvalid'));
  return { kind: 'direct', url: endpoint.url, tlsFingerprint: pin };
}

function tried<T>(read: () => T, message: string): T {
  try {
    return read();
  } catch {
    throw refused(message);
  }
}

const refused = (message: string): RpcError => new RpcError('BAD_ARGUMENT', message);

/** The same place has the same key, whichever login key or certificate it is reached with. */
export function destinationKey(destination: Destination): string {
  if (destination.kind === 'ssh')
    return `ssh ${destination.target} ${destination.remotePort ?? DEFAULT_REMOTE_PORT}`;
  return destination.kind === 'direct' ? `direct ${destination.url}` : 'local';
}

/** How people know it. */
export function destinationLabel(destination: Destination): string {
  if (destination.kind === 'local') return '';
  return destination.kind === 'ssh' ? destination.target : destination.url;
}

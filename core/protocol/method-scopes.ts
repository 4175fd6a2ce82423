import type { MethodName } from './contract.ts';
import type { Scope } from './scopes.ts';

/**
 * The scope of every method, for programs that must know it without loading the schemas of the contract.
 * A test keeps it equal to the contract.
 */
export const METHOD_SCOPES: Readonly<Record<MethodName, Scope | 'any'>> = {
  health: 'any',
  status: 'operator.read',
  'system-presence': 'operator.read',
  'system-event': 'operator.admin',
  'last-heartbeat': 'operator.read',
  'set-heartbeats': 'operator.admin',
  'logs.tail': 'operator.read',
  'gateway.identity.get': 'operator.read',
  'gateway.restart.request': 'operator.admin',
  'secrets.reload': 'operator.admin',
  'config.get': 'operator.read',
  'config.schema': 'operator.read',
  'config.schema.lookup': 'operator.read',
  'config.set': 'operator.admin',
  'config.patch': 'operator.admin',
  'config.apply': 'operator.admin',
  'device.pair.list': 'operator.pairing',
  'device.pair.approve': 'operator.pairing',
  'device.pair.reject': 'operator.pairing',
  'device.pair.remove': 'operator.pairing',
  'device.token.rotate': 'operator.pairing',
  'device.token.revoke': 'operator.pairing',
  'agents.list': 'operator.read',
  'agent.identity.get': 'operator.read',
  'models.list': 'operator.read',
  'channels.status': 'operator.read',
  'sessions.list': 'operator.read',
};

/**
 * The least a client has to ask for to call `method`. A gateway of another version may know methods that
 * are not listed here; it demands admin for whatever it has not classified, so that is what they get.
 */
export function leastScopes(method: string): Scope[] {
  if (!Object.hasOwn(METHOD_SCOPES, method)) return ['operator.admin'];
  const scope = METHOD_SCOPES[method as MethodName];
  return [scope === 'any' ? 'operator.read' : scope];
}

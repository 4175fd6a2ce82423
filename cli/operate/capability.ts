import type { NetworkLook } from '../../core/verdict/network-look.ts';

/** What a connection may do, in the words of the CLI page. */
export type Capability = 'unknown' | 'connected_no_operator_scope' | 'read_only' | 'write' | 'admin';

export function capabilityOf({ hello }: NetworkLook): Capability {
  if (!hello) return 'unknown';
  const { scopes } = hello.auth;
  if (scopes.includes('operator.admin')) return 'admin';
  if (scopes.includes('operator.write')) return 'write';
  return scopes.includes('operator.read') ? 'read_only' : 'connected_no_operator_scope';
}

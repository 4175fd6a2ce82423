import { type Scope, scopeOf } from '../core/protocol/scopes.ts';

/**
 * The least a client has to ask for to call `method`; it loads the contract. A gateway of another version may know
 * methods that are not in ours; it demands admin for whatever it has not classified, so that is what they get.
 */
export async function leastScopes(method: string): Promise<Scope[]> {
  const { contract } = await import('../core/protocol/contract.ts');
  const scope = scopeOf(contract, method);
  return [scope === 'any' ? 'operator.read' : scope];
}

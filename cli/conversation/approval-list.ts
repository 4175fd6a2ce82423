import type { CallOptions, GatewayConnection } from '../../core/client/connection.ts';
import { RpcError } from '../../core/protocol/errors.ts';

/**
 * What waits for a decision, as `exec.approval.list` answers. Throws NOT_AVAILABLE at gateways that cannot tell, such
 * as those of protocol 3: they speak of a missing scope, which nobody could grant.
 */
export async function waitingApprovals(
  connection: GatewayConnection,
  options?: CallOptions,
): Promise<unknown> {
  const { features, server } = connection.hello;
  if (features.methods.includes('exec.approval.list')) {
    return connection.request('exec.approval.list', {}, options);
  }
  throw new RpcError(
    'NOT_AVAILABLE',
    `This gateway (${server.version}) cannot list the approvals that wait.\nFix: decide where it asks for them, or update it.`,
  );
}

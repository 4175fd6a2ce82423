import { RpcError } from '../../core/protocol/errors.ts';
import { broken, type Evidence } from '../../core/verdict/evidence.ts';

/** Why the configuration does not lead to a gateway elsewhere, as evidence; throws every other error again. */
export function remoteFault(error: unknown): Evidence {
  if (!(error instanceof RpcError) || error.details?.path !== 'gateway.remote.url') throw error;
  const { sshTarget } = error.details;
  if (typeof sshTarget === 'string') return broken('tunnel', 'REMOTE_NEEDS_TUNNEL', { target: sshTarget });
  if (error.code === 'CONFIG_INVALID') return broken('config', 'REMOTE_URL_MISSING');
  return broken('tcp', 'ADDRESS_INVALID', { url: '', reason: error.message });
}

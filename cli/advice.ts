import type { RpcError } from '../core/protocol/errors.ts';

/** An id that comes from a gateway and is shown inside a command must not be able to end that command. */
const SAFE_WORD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;

/** The next step for an error a gateway answered with, one line each; nothing where its message says it. */
export function adviceFor(error: RpcError): string[] {
  const { details = {}, retryAfterMs } = error;
  switch (details.code) {
    case 'PAIRING_REQUIRED':
      return pairingAdvice(details);
    case 'DEVICE_IDENTITY_REQUIRED':
      return ['Pass --token or --password, or pair this device.'];
    case 'MISSING_SCOPE':
      return ['Use the shared token of the gateway, or approve this device for more: openclaw devices list'];
    case 'AUTH_RATE_LIMITED':
      return retryAfterMs === undefined ? [] : [`Try again in ${Math.ceil(retryAfterMs / 1000)} s.`];
    default:
      return [];
  }
}

function pairingAdvice(details: Record<string, unknown>): string[] {
  const { requestId } = details;
  if (typeof requestId !== 'string' || !SAFE_WORD.test(requestId)) {
    return ['Approve this device on the gateway host; openclaw devices list shows its request.'];
  }
  return [`Request: ${requestId}`, `Approve it on the gateway host: openclaw devices approve ${requestId}`];
}

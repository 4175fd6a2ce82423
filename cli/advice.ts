import { askedPairing } from '../core/client/asked-pairing.ts';
import type { RpcError } from '../core/protocol/errors.ts';

/** By `details.code`; where the gateway's own message names the step there is nothing to add. */
const STEPS: Readonly<Record<string, string | ((command: string) => string)>> = {
  DEVICE_IDENTITY_REQUIRED: 'Pass --token or --password, or pair this device.',
  MISSING_SCOPE: (command) =>
    `Use the shared token of the gateway, or approve this device for more: ${command} devices list`,
  AUTH_TOKEN_MISSING:
    'Pass --token, or set gateway.auth.token here (gateway.remote.token for another machine).',
  AUTH_PASSWORD_MISSING:
    'Pass --password, or set gateway.auth.password here (gateway.remote.password for another machine).',
  AUTH_SCOPE_MISMATCH:
    'This device is paired for less. Repeat with --token to ask for more, then approve the request.',
  AUTH_DEVICE_TOKEN_MISMATCH:
    'This device was unpaired, or its token replaced. Repeat with --token to pair it again.',
};

/** Gateways give no code with these. */
const UNKNOWN_ID = /^(unknown (requestId|deviceId)\b|device token rotation denied$)/;

/** The next step for an error a gateway answered with, one line each; `command` begins the commands in it. */
export function adviceFor(error: RpcError, command = 'openclaw'): string[] {
  const { details = {}, retryAfterMs } = error;
  if (details.code === 'PAIRING_REQUIRED') return pairingAdvice(details, command);
  if (UNKNOWN_ID.test(error.message)) return [`Ids and roles are shown by: ${command} devices list`];
  if (retryAfterMs !== undefined) return [`Try again in ${Math.ceil(retryAfterMs / 1000)} s.`];
  const step = Object.hasOwn(STEPS, String(details.code)) ? STEPS[String(details.code)] : undefined;
  if (step === undefined) return [];
  return [typeof step === 'string' ? step : step(command)];
}

function pairingAdvice(details: Record<string, unknown>, command: string): string[] {
  const { requestId, code } = askedPairing(details);
  if (requestId === undefined) {
    return [`Approve this device on the gateway host; ${command} devices list shows its request.`];
  }
  return [
    `Request: ${requestId}`,
    ...(code ? [`Code: ${code} (whoever approves sees the same one)`] : []),
    `Approve it on the gateway host: ${command} devices approve ${requestId}`,
  ];
}

/** An id that comes from a gateway and is shown inside a command must not be able to end that command. */
const SAFE_WORD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const CODE = /^\d{3} \d{3}$/;

/** What a device is told that has to be approved first; undefined where it cannot be shown as it is. */
export interface AskedPairing {
  requestId: string | undefined;
  /** Six digits, made here of the device's own key; whoever approves sees the same. */
  code: string | undefined;
}

/** Reads it out of the details of PAIRING_REQUIRED. */
export function askedPairing({ requestId, pairingCode }: Readonly<Record<string, unknown>>): AskedPairing {
  return { requestId: matching(requestId, SAFE_WORD), code: matching(pairingCode, CODE) };
}

const matching = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === 'string' && pattern.test(value) ? value : undefined;

/** The protocol versions this gateway speaks, and the limits it advertises; source: wire protocol, transport. */
export const PROTOCOL = { current: 4, oldest: 3 } as const;

export const LIMITS = {
  /** Bytes of one inbound frame before the connect request was accepted. */
  preAuthFrameBytes: 65_536,
  /** Bytes of one inbound frame afterwards. */
  frameBytes: 26_214_400,
  /** Bytes waiting to be written to one client before it counts as too slow. */
  bufferedBytes: 52_428_800,
  /** Frames a client may send while its connect request is being decided. */
  pendingHandshakeFrames: 15,
  tickIntervalMs: 30_000,
  pingIntervalMs: 25_000,
  healthIntervalMs: 60_000,
  handshakeMs: { 4: 15_000, 3: 3_000 },
  signatureSkewMs: 120_000,
  dedupeTtlMs: 300_000,
  dedupeEntries: 1_000,
  attachments: { maxBytes: 19_464_192, maxImageBytes: 6_291_456 },
} as const;

export interface RequestFrame {
  type: 'req';
  id: string;
  method: string;
  params?: unknown;
  traceparent?: string;
  expectedProfileId?: string;
}

export interface ErrorShape {
  code: string;
  message: string;
  details?: Record<string, unknown>;
  retryable?: boolean;
  retryAfterMs?: number;
}

export interface ResponseFrame {
  type: 'res';
  id: string;
  ok: boolean;
  payload?: unknown;
  error?: ErrorShape;
}

export interface StateVersion {
  presence: number;
  health: number;
}

export interface EventFrame {
  type: 'event';
  event: string;
  payload?: unknown;
  seq?: number;
  stateVersion?: StateVersion;
}

export type ServerFrame = ResponseFrame | EventFrame;

/** WebSocket close codes in use; source: wire protocol (1xxx of RFC 6455, 4001 is OpenClaw's own). */
export const CLOSE = {
  normal: 1000,
  protocolError: 1002,
  policy: 1008,
  tooBig: 1009,
  internalError: 1011,
  restart: 1012,
  tryLater: 1013,
  accessLost: 4001,
} as const;

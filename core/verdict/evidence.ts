import { asText } from '../lib/json.ts';
import type { StartReason } from '../messages/start-messages.ts';
import { RpcError } from '../protocol/errors.ts';
import type { TunnelProblem } from '../remote/remote-problem.ts';
import type { FindingCode } from './findings.ts';
import type { Layer } from './layers.ts';

/** Something that is not as it should be; `values` fill its message and its fix. */
export interface Finding {
  code: FindingCode;
  values: Readonly<Record<string, string | number>>;
  /** Why no gateway starts, to be said in any language. */
  told?: StartReason;
  /** What keeps SSH from reaching `target`; its code is that of the finding. */
  tunnel?: { problem: TunnelProblem; target: string };
}

/**
 * What was seen of one layer. `unknown`: it could not be looked at, which is no fault of the gateway.
 * `skipped`: nobody asked, or a layer before it is missing.
 */
export interface Evidence {
  layer: Layer;
  state: 'ok' | 'broken' | 'unknown' | 'skipped';
  /** What was found, for people; harmless for a terminal, without secrets. */
  note?: string;
  /** Only with `broken`. */
  finding?: Finding;
  /** What should be mended although the layer holds. */
  advice?: readonly Finding[];
  /** Milliseconds after the look began. */
  startMs?: number;
  /** Milliseconds it took. */
  ms?: number;
}

export const ok = (layer: Layer, note?: string): Evidence => ({
  layer,
  state: 'ok',
  ...(note === undefined ? {} : { note }),
});

export const broken = (layer: Layer, code: FindingCode, values: Finding['values'] = {}): Evidence => ({
  layer,
  state: 'broken',
  finding: { code, values },
});

export const unknown = (layer: Layer, note: string): Evidence => ({ layer, state: 'unknown', note });

/** No way through SSH. */
export const noTunnel = (problem: TunnelProblem, target: string): Evidence => ({
  layer: 'tunnel',
  state: 'broken',
  finding: { code: problem.code, values: problem.values, tunnel: { problem, target } },
});

/** What is known of remote gateways cannot be read; throws every other error again. */
export function damagedStore(error: unknown): Evidence {
  if (!(error instanceof RpcError) || error.code !== 'STORE_UNUSABLE') throw error;
  return broken('tunnel', 'STORE_UNUSABLE', { path: asText(error.details?.path) ?? error.message });
}

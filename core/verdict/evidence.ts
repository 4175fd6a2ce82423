import type { StartReason } from '../messages/start-messages.ts';
import type { TunnelProblem } from '../remote/remote-problem.ts';
import type { FindingCode } from './findings.ts';
import type { Layer } from './layers.ts';

/** What keeps SSH from reaching `target`, and the flags with which it was asked for, as they are pasted. */
export interface TunnelFault {
  problem: TunnelProblem;
  target: string;
  flags?: string;
}

/** Something that is not as it should be; `values` fill its message and its fix. */
export interface Finding {
  code: FindingCode;
  values: Readonly<Record<string, string | number>>;
  /** Why no gateway starts, to be said in any language. */
  told?: StartReason;
  /** Its code is that of the finding. */
  tunnel?: TunnelFault;
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
export const noTunnel = (tunnel: TunnelFault): Evidence => ({
  layer: 'tunnel',
  state: 'broken',
  finding: { code: tunnel.problem.code, values: tunnel.problem.values, tunnel },
});

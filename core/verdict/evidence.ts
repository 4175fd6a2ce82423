import type { Language } from '../messages/language.ts';
import type { StartReason } from '../messages/start-messages.ts';
import type { FindingCode, FixContext } from './findings.ts';
import type { Layer } from './layers.ts';
import type { FindingWords } from './words.ts';

/** Something that is not as it should be; `values` fill its message and its fix. */
export interface Finding {
  code: FindingCode;
  values: Readonly<Record<string, string | number>>;
  /** Why no gateway starts, to be said in any language. */
  told?: StartReason;
  /** Says it in words of its own, which nobody has to load who finds something else. */
  words?: (context: FixContext, language: Language) => FindingWords;
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

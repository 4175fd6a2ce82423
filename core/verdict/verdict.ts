import type { Evidence, Finding } from './evidence.ts';
import { kindOf, type Mender } from './findings.ts';
import { type Layer, layerIndex } from './layers.ts';

/** How a gateway is, for whoever asked. */
export interface Verdict {
  /** The gateway can be used by whoever asked. */
  ok: boolean;
  /** The first broken layer; absent when `ok`. */
  layer?: Layer;
  finding?: Finding;
  mender?: Mender;
  /** What is wrong without keeping anyone from using the gateway. */
  warnings: Finding[];
  /** In the order of the layers. */
  evidence: Evidence[];
}

/** What makes the layers before it fail: whoever sits at the port keeps service and process from running. */
const CAUSES: readonly Finding['code'][] = ['PORT_FOREIGN', 'PORT_OTHER_USER'];

/** Layers that only say how a gateway came to run; one that answers needs none of them. */
const BEHIND_THE_SCENES: readonly Layer[] = ['config', 'service', 'process', 'port'];

/**
 * The one judgement: pure, so that every shell that shows the same evidence says the same. A gateway that answers
 * is well, whatever is odd about its service; what is odd is then a warning. Otherwise the first broken layer counts,
 * unless a later one is known to be its cause.
 */
export function judge(evidence: readonly Evidence[]): Verdict {
  const ordered = [...evidence].sort((one, other) => layerIndex(one.layer) - layerIndex(other.layer));
  const faults = ordered.filter(({ state }) => state === 'broken');
  const findings = faults.flatMap(({ finding }) => (finding ? [finding] : []));
  const decisive = answers(ordered) ? faults.filter(isFelt) : faults;
  const first = decisive.find(isCause) ?? decisive[0];
  if (!first?.finding) return { ok: true, warnings: findings, evidence: ordered };
  const { finding, layer } = first;
  const warnings = findings.filter(
    (one) => one !== finding && !decisive.some((fault) => fault.finding === one),
  );
  return { ok: false, layer, finding, mender: kindOf(finding.code).mender, warnings, evidence: ordered };
}

const isFelt = (one: Evidence): boolean => isCause(one) || !BEHIND_THE_SCENES.includes(one.layer);
const isCause = ({ finding }: Evidence): boolean => finding !== undefined && CAUSES.includes(finding.code);

/** Somebody spoke the gateway's protocol. */
const answers = (evidence: readonly Evidence[]): boolean =>
  evidence.some(({ layer, state }) => layer === 'challenge' && state === 'ok');

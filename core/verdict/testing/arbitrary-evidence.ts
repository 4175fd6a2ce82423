import fc from 'fast-check';
import type { Evidence, Finding } from '../evidence.ts';
import { FINDING_CODES, type FindingCode, type FixContext, kindOf } from '../findings.ts';
import { LAYERS } from '../layers.ts';

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme-ascii' }).map((word) => `v${word}`);

/** Everything that looks put into a finding, under the names that they use. */
const values = fc.record({
  reason: text,
  path: text,
  service: text,
  here: text,
  config: text,
  fix: fc.constantFrom('', 'openclaw config set gateway.mode local'),
  mode: fc.constant('0755'),
  name: text,
  detail: text,
  pid: fc.nat(),
  port: fc.integer({ min: 1, max: 65_535 }),
  running: fc.integer({ min: 1, max: 65_535 }),
  holder: text,
  target: text,
  url: fc.constant('ws://h:1'),
  other: fc.constant('wss://h:1'),
  host: text,
  status: fc.constant(503),
  expected: text,
  actual: text,
  seconds: fc.nat(),
  requestId: text,
  scope: fc.constant('operator.read'),
  method: fc.constant('status'),
});

const finding = (code: FindingCode): fc.Arbitrary<Finding> =>
  values.map((given) => ({ code, values: given }));

const brokenAt = (layer: Evidence['layer']): fc.Arbitrary<Evidence> =>
  fc
    .constantFrom(...FINDING_CODES.filter((code) => kindOf(code).layer === layer && code !== 'STATE_EXPOSED'))
    .chain(finding)
    .map((found) => ({ layer, state: 'broken', finding: found, startMs: 1, ms: 2 }));

const oneOf = (layer: Evidence['layer']): fc.Arbitrary<Evidence> =>
  fc.oneof(
    fc.constant<Evidence>({ layer, state: 'ok', startMs: 0, ms: 1 }),
    fc.constant<Evidence>({ layer, state: 'unknown', note: 'x' }),
    fc.constant<Evidence>({ layer, state: 'skipped' }),
    brokenAt(layer),
    finding('STATE_EXPOSED').map<Evidence>((advice) => ({ layer, state: 'ok', advice: [advice] })),
  );

/** Something seen of some of the layers, in any order. */
export const arbitraryEvidence: fc.Arbitrary<Evidence[]> = fc
  .subarray([...LAYERS])
  .chain((layers) => fc.tuple(...layers.map(oneOf)))
  .chain((evidence) => fc.shuffledSubarray(evidence, { minLength: evidence.length }));

export const arbitraryFix: fc.Arbitrary<FixContext> = fc.record({
  command: fc.constantFrom('openclaw', 'openclaw --profile work', 'openclaw --dev'),
  isLocal: fc.boolean(),
  hasService: fc.boolean(),
  freePort: fc.integer({ min: 1, max: 65_535 }),
});

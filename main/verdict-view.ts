import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import { verdictMessages } from '../core/messages/verdict-messages.ts';
import type { Evidence, Finding } from '../core/verdict/evidence.ts';
import { wordsFor } from '../core/verdict/words.ts';
import type { VerdictView } from './bridge/contract.ts';
import type { GatewayLook } from './connection-state.ts';
import { fixOf } from './finding-fix.ts';

const LONGEST = 300;

/** A judgement in words for the window. A gateway that nobody has looked at yet has no trouble and no layers. */
export function verdictView(look: GatewayLook | undefined, language: Language): VerdictView {
  if (!look) return { warnings: [], layers: [] };
  const { finding, warnings, evidence = [] } = look;
  const broken = evidence.find((one) => one.finding !== undefined && one.finding === finding);
  const say = verdictMessages.in(language);
  const words = (one: Finding) => troubleOf(one, look, language);
  return {
    ...(finding && {
      trouble: { ...words(finding), ...(broken && { layer: say(`layer.${broken.layer}`) }) },
    }),
    warnings: warnings.map(words),
    layers: evidence.map((one) => layerOf(one, say(`layer.${one.layer}`))),
  };
}

function troubleOf(finding: Finding, { fix: context }: GatewayLook, language: Language) {
  const { problem, mender } = wordsFor(finding, context, language);
  const { words: fix, command } = fixOf(finding, context, language);
  return {
    code: finding.code,
    problem: plainText(problem, LONGEST),
    fix: plainText(fix, LONGEST),
    ...(command === undefined ? {} : { command }),
    mender,
  };
}

const layerOf = ({ state, note, startMs, ms }: Evidence, name: string): VerdictView['layers'][number] => ({
  name,
  state,
  ...(note === undefined ? {} : { note: plainText(note, LONGEST) }),
  ...(startMs === undefined ? {} : { startMs }),
  ...(ms === undefined ? {} : { ms }),
});

import type { Language } from '../../core/messages/language.ts';
import { verdictMessages } from '../../core/messages/verdict-messages.ts';
import type { Evidence, Finding } from '../../core/verdict/evidence.ts';
import { type FixContext, kindOf } from '../../core/verdict/findings.ts';
import type { Verdict } from '../../core/verdict/verdict.ts';
import { wordsFor } from '../../core/verdict/words.ts';
import type { Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { displayWidth, wrapLines, wrapWidth } from '../text-width.ts';

type Told = Pick<Invocation, 'language' | 'output'>;

/** The verdict for people: what is wrong, who can mend it, and one fix on a line of its own. */
export function verdictLines(verdict: Verdict, fix: FixContext, told: Told): string[] {
  const { output, language } = told;
  const { style } = output;
  const say = verdictMessages.in(language);
  const warnings = verdict.warnings.flatMap((finding) => warningLines(finding, fix, told));
  const first = verdict.finding ? findingLines(verdict.finding, fix, told) : [style.green(say('well'))];
  return [...first, ...warnings];
}

/** One finding: layer, problem and code; the fix, with the command alone on a line; who can do it. */
export function findingLines(finding: Finding, fix: FixContext, { output, language }: Told): string[] {
  const { style, width } = output;
  const say = verdictMessages.in(language);
  const { problem, command, ...words } = wordsFor(finding, fix, language);
  const { layer } = kindOf(finding.code);
  const text = withCode(safeText(problem), finding);
  const headline = say('headline', { layer: say(`layer.${layer}`), text });
  return [
    ...wrapLines(headline, width).map(style.red),
    ...wrapLines(safeText(say('fix', { text: words.fix })), width),
    ...(command ? [`  ${style.bold(safeText(command))}`] : []),
    ...wrapWidth(say('mender', { mender: words.mender }), width),
  ];
}

function warningLines(finding: Finding, fix: FixContext, { output, language }: Told): string[] {
  const { problem, command, fix: words } = wordsFor(finding, fix, language);
  const text = verdictMessages.in(language)('warning', { text: withCode(problem, finding) });
  return [
    ...wrapLines(safeText(text), output.width).map(output.style.yellow),
    ...wrapLines(safeText(words), output.width - 2).map((line) => `  ${line}`),
    ...(command ? [`    ${safeText(command)}`] : []),
  ];
}

/** Behind a line that stays in one piece, such as a key, the code gets a line of its own. */
function withCode(problem: string, { code }: Finding): string {
  const last = problem.slice(problem.lastIndexOf('\n') + 1);
  return `${problem}${last.startsWith(' ') ? '\n' : ' '}(${code})`;
}

/** The verdict for programs: codes, and the words in English, so that it reads the same everywhere. */
export function verdictDocument(verdict: Verdict, fix: FixContext): Record<string, unknown> {
  const { ok, layer, finding, evidence, warnings } = verdict;
  return {
    ok,
    code: finding?.code ?? 'OK',
    ...(layer && { layer }),
    ...(finding && findingDocument(finding, fix)),
    warnings: warnings.map((one) => ({ code: one.code, ...findingDocument(one, fix) })),
    layers: evidence.map(evidenceDocument),
  };
}

export function findingDocument(finding: Finding, context: FixContext): Record<string, unknown> {
  const { problem, fix, command, menderCode } = wordsFor(finding, context, 'en');
  const { fingerprint } = finding.values;
  return {
    message: problem,
    fix: { text: fix, ...(command && { command }) },
    mender: menderCode,
    ...(fingerprint !== undefined && { fingerprint }),
  };
}

function evidenceDocument({ layer, state, note, finding, startMs, ms }: Evidence): Record<string, unknown> {
  return {
    layer,
    state,
    ...(finding && { code: finding.code }),
    ...(note && { note }),
    ...(ms !== undefined && { startMs, ms }),
  };
}

const BAR = 24;

/** Where the time went: one line a layer, with a bar on a common scale. */
export function waterfallLines(evidence: readonly Evidence[], language: Language): string[] {
  const say = verdictMessages.in(language);
  const timed = evidence.filter(({ ms, state }) => ms !== undefined && state !== 'skipped');
  const total = Math.max(1, ...timed.map(({ startMs = 0, ms = 0 }) => startMs + ms));
  const names = timed.map(({ layer }) => say(`layer.${layer}`));
  const width = Math.max(0, ...names.map(displayWidth));
  return timed.map(({ startMs = 0, ms = 0, state }, index) => {
    const name = names[index] ?? '';
    const from = Math.round((startMs / total) * BAR);
    const length = Math.max(1, Math.round((ms / total) * BAR));
    const bar = `${' '.repeat(Math.min(from, BAR - 1))}${'█'.repeat(length)}`.slice(0, BAR).padEnd(BAR);
    const sign = state === 'ok' ? '✓' : state === 'broken' ? '✗' : '?';
    return `  ${sign} ${name}${' '.repeat(width - displayWidth(name))} ${bar} ${ms} ms`;
  });
}

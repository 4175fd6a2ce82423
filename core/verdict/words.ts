import { findingMessages } from '../messages/finding-messages.ts';
import { inLanguage } from '../messages/in-language.ts';
import type { Language } from '../messages/language.ts';
import { serviceDriftMessages } from '../messages/service-drift-messages.ts';
import { startWords } from '../messages/start-messages.ts';
import { verdictMessages } from '../messages/verdict-messages.ts';
import type { Finding } from './evidence.ts';
import { type FixContext, isCommand, kindOf, type Mender, menderOf } from './findings.ts';

/** A finding as a person is told it. */
export interface FindingWords {
  /** What is wrong; may be several lines. */
  problem: string;
  /** What to do, in words; may be several lines, of which those that begin with two blanks are commands. */
  fix: string;
  /** To be pasted as it is; absent where words have to do. */
  command?: string;
  /** Who can do it, for people and for programs. */
  mender: string;
  menderCode: Mender;
}

type SayFinding = (key: string, values: Finding['values']) => string;

/** Values come from gateways and programs: show the result through `safeText`. */
export function wordsFor(finding: Finding, context: FixContext, language: Language): FindingWords {
  const { code, told, words } = finding;
  if (words) return words(context, language);
  const why = told && startWords(told, language);
  const values = why
    ? { ...finding.values, reason: why.message, fix: why.fix }
    : saidIn(language, finding.values);
  const say = findingMessages.in(language) as SayFinding;
  const sayProblem = isDrift(code) ? (serviceDriftMessages.in(language) as SayFinding) : say;
  const command = kindOf(code).fix?.(context, values);
  const menderCode = menderOf(code, context);
  return {
    problem: sayProblem(code, values),
    fix: isSentence(code, values) ? String(values.fix) : say(fixKey(code, context), values),
    ...(command === undefined ? {} : { command }),
    mender: verdictMessages.in(language)(`mender.${menderCode}`),
    menderCode,
  };
}

/** What this program said itself is told in the language of the reader; paths and words of others stay. */
function saidIn(language: Language, values: Finding['values']): Finding['values'] {
  const inOwn = inLanguage(language);
  const said = Object.entries(values).map(([name, value]) => [
    name,
    SAID.has(name) ? inOwn(String(value)) : value,
  ]);
  return Object.fromEntries(said);
}

const SAID = new Set(['reason', 'detail', 'fix']);

/** Where nothing can be pasted, what helps is said in words. */
const isSentence = (code: Finding['code'], { fix }: Finding['values']): boolean =>
  code === 'CONFIG_BLOCKS_START' && !isCommand(fix);

/**
 * What helps at the gateway's own machine may be simpler than what helps from elsewhere, and what counts for an address
 * depends on where it comes from.
 */
function fixKey(code: Finding['code'], { isLocal, origin }: FixContext): string {
  const keys = [
    ...(origin ? [`${code}_FIX_${origin.toUpperCase()}`] : []),
    ...(isLocal ? [`${code}_FIX_HERE`] : []),
    `${code}_FIX`,
  ];
  return keys.find((key) => Object.hasOwn(findingMessages.texts.en, key)) ?? 'SERVICE_DRIFT_FIX';
}

/** What the service room finds it says in its own words. */
const isDrift = (code: string): boolean => Object.hasOwn(serviceDriftMessages.texts.en, code);

import { inLanguage } from '../core/messages/in-language.ts';
import type { Language } from '../core/messages/language.ts';
import { serviceMessages } from '../core/messages/service-messages.ts';
import { serviceProblemMessages } from '../core/messages/service-problem-messages.ts';
import { startWords } from '../core/messages/start-messages.ts';
import type {
  ServiceNote,
  ServiceProblem,
  ServiceProblemCode,
  Values,
} from '../core/service/service-manager.ts';

export interface Wording {
  language: Language;
  /** What commands shown to the user begin with. */
  command: string;
  /** A path as it is to be read. */
  show(path: string): string;
}

/** Fixes that are a command and nothing else, so that they are the same in each language. */
const COMMANDS = {
  PROGRAM_MISSING: () => 'npm install -g openclaw-tray',
  GATEWAY_RUNS_OUTSIDE: ({ pid }) => `kill ${pid}`,
  NOT_INSTALLED: ({ command }) => `${command} gateway install`,
  DOES_NOT_ANSWER: ({ command }) => `${command} logs --level warn`,
  DOES_NOT_STOP: ({ pid }) => `kill -9 ${pid}`,
  RUNTIME_REFUSED: ({ command }) => `${command} gateway install --runtime node`,
  CONFIG_MISSING: ({ command }) => `${command} config set gateway.mode local`,
  CONFIG_UNUSABLE: ({ command }) => `${command} config validate`,
  MODE_NOT_LOCAL: ({ command }) => `${command} config set gateway.mode local`,
  AUTH_MODE_UNCLEAR: ({ command }) => `${command} config set gateway.auth.mode token`,
  TOKEN_IS_REFERENCE: ({ command }) => `${command} gateway install`,
  TOKEN_NOT_USED: ({ command }) => `${command} config set gateway.auth.mode token`,
  PASSWORD_MISSING: ({ command }) => `${command} config set gateway.auth.password -`,
  START_BLOCKED: ({ fix }) => `${fix}`,
} satisfies Partial<Record<ServiceProblemCode, (values: Values) => unknown>>;

/** Every code has a message; which values it takes is for its room to keep equal, and a test looks. */
type Speak<Key> = (key: Key, values: Values) => string;
type Command = keyof typeof COMMANDS;
type InWords = Exclude<ServiceProblemCode, Command>;

const isCommand = (code: ServiceProblemCode): code is Command => Object.hasOwn(COMMANDS, code);

export function problemText(problem: ServiceProblem, wording: Wording): { text: string; hints: string[] } {
  const { code } = problem;
  const speak = serviceProblemMessages.in(wording.language) as Speak<ServiceProblemCode | `${InWords}_FIX`>;
  const told = problem.told && startWords(problem.told, wording.language);
  const why = told && { reason: told.message, fix: told.fix };
  const values = { ...valuesOf(problem.values, wording), ...why };
  // A problem may be about a command of another program; the fix is one of ours.
  const fixValues = { ...values, command: wording.command };
  const hint = isCommand(code) ? String(COMMANDS[code](fixValues)) : speak(`${code}_FIX`, fixValues);
  return { text: speak(code, values), hints: [hint] };
}

/** What went wrong, the last that was said, and the fix: as people see it. */
export function problemLines(problem: ServiceProblem, wording: Wording): string[] {
  const say = serviceMessages.in(wording.language);
  const { text, hints } = problemText(problem, wording);
  const { lastWords = [] } = problem;
  return [
    ...text.split('\n'),
    ...(lastWords.length > 0 ? [say('lastWords'), ...lastWords.map((line) => `  ${line}`)] : []),
    ...hints.flatMap((hint) => say('fix', { text: hint }).split('\n')),
  ];
}

export function noteText({ code, values }: ServiceNote, wording: Wording): string {
  const speak = serviceMessages.in(wording.language) as Speak<typeof code>;
  return speak(code, valuesOf(values, wording));
}

const PATHS = new Set(['file', 'path', 'what']);

/** What others said goes in as it is, what this program said in the language of the reader. */
const SAID = new Set(['reason', 'detail', 'state']);

function valuesOf(values: Values, { command, language, show }: Wording): Values {
  const inOwn = inLanguage(language);
  const shown = Object.entries(values).map(([name, value]) => {
    if (PATHS.has(name)) return [name, show(String(value))] as const;
    return [name, SAID.has(name) ? inOwn(String(value)) : value] as const;
  });
  return { command, ...Object.fromEntries(shown) };
}

import type { Language } from '../core/messages/language.ts';
import { serviceMessages } from '../core/messages/service-messages.ts';
import { serviceProblemMessages } from '../core/messages/service-problem-messages.ts';
import type { ServiceNote, ServiceProblem, Values } from '../core/service/service-manager.ts';

export interface Wording {
  language: Language;
  /** What commands shown to the user begin with. */
  command: string;
  /** A path as it is to be read. */
  show(path: string): string;
}

/** Every code has a message; which values it takes is for its room to keep equal, and a test looks. */
type Speak<Key> = (key: Key, values: Values) => string;

export function problemText(problem: ServiceProblem, wording: Wording): { text: string; hints: string[] } {
  const { code } = problem;
  const speak = serviceProblemMessages.in(wording.language) as Speak<typeof code | `${typeof code}_FIX`>;
  const values = valuesOf(problem.values, wording);
  const hint = speak(`${code}_FIX`, values);
  return { text: speak(code, values), hints: hint === '' ? [] : [hint] };
}

export function noteText({ code, values }: ServiceNote, wording: Wording): string {
  const speak = serviceMessages.in(wording.language) as Speak<typeof code>;
  return speak(code, valuesOf(values, wording));
}

const PATHS = new Set(['file', 'path', 'what']);

function valuesOf(values: Values, { command, show }: Wording): Values {
  const shown = Object.entries(values).map(([name, value]) =>
    PATHS.has(name) ? ([name, show(String(value))] as const) : ([name, value] as const),
  );
  return { command, ...Object.fromEntries(shown) };
}

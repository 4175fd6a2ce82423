import { createRedactor } from '../core/logs/redactor.ts';

/** What nobody else has to know. */
export interface Private {
  secrets: readonly string[];
  /** Home directories; longer ones first does not matter. */
  homes: readonly string[];
  /** Names of the user and of this computer. */
  users: readonly string[];
  hidesAddresses: boolean;
}

/** How often each was hidden. */
export interface HiddenCounts {
  secrets: number;
  homes: number;
  users: number;
  addresses: number;
}

export interface BundleRedaction {
  redact(text: string): string;
  readonly counts: HiddenCounts;
}

const MARK = '***';
/** Common words, or of everybody. */
const NO_NAMES = ['root', 'user', 'admin', 'localhost', 'home'];
/** Addresses that are the same on every computer say nothing. */
const OF_EVERYBODY = /^(127\.|0\.0\.0\.0$|255\.255\.|::1?$)/;
const IPV4 = /(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)/g;
const IPV6 = /(?<![\w:])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){7})[0-9a-f:]{3,39}(?![\w:])/gi;

/** Hides by value what is known, and by look what is like a secret. */
export function createBundleRedaction(hidden: Private): BundleRedaction {
  const redactor = createRedactor();
  for (const secret of hidden.secrets) redactor.add(secret);
  const counts: HiddenCounts = { secrets: 0, homes: 0, users: 0, addresses: 0 };
  const count = (kind: keyof HiddenCounts, mark: string) => (): string => {
    counts[kind] += 1;
    return mark;
  };
  const address = (found: string): string =>
    OF_EVERYBODY.test(found) ? found : count('addresses', '(address)')();
  const steps: ((text: string) => string)[] = [
    (text) => {
      const after = redactor.redact(text);
      counts.secrets += Math.max(0, marksIn(after) - marksIn(text));
      return after;
    },
    (text) => text.replace(homePattern(hidden.homes), count('homes', '~')),
    (text) => text.replace(namePattern(hidden.users), count('users', '(name)')),
    (text) => (hidden.hidesAddresses ? text.replace(IPV4, address).replace(IPV6, address) : text),
  ];
  return { counts, redact: (text) => steps.reduce((result, step) => step(result), text) };
}

const marksIn = (text: string): number => text.split(MARK).length - 1;

/** Also as they stand in JSON. */
const homePattern = (homes: readonly string[]): RegExp =>
  anyOf(
    homes.filter((home) => home.length > 1).flatMap((home) => [home, JSON.stringify(home).slice(1, -1)]),
    '',
  );

const namePattern = (names: readonly string[]): RegExp =>
  anyOf(
    names.filter((name) => name.length > 2 && !NO_NAMES.includes(name.toLowerCase())),
    '[\\w-]',
  );

/** Matches nothing when there is nothing to be found. */
function anyOf(texts: readonly string[], besides: string): RegExp {
  const longestFirst = [...new Set(texts)].sort((one, other) => other.length - one.length);
  const found = longestFirst.map((text) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|') || '(?!)';
  return besides === ''
    ? new RegExp(`(?:${found})(?=[/\\\\"'\\s:,)]|$)`, 'gm')
    : new RegExp(`(?<!${besides})(?:${found})(?!${besides})`, 'g');
}

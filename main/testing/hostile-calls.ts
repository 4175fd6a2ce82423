import type { BridgeMethod, BridgeParams } from '../bridge/contract.ts';

/** Well-formed params of every call of the bridge that takes some, and of each of their kinds; nobody listens there. */
const SSH = {
  kind: 'ssh',
  target: 'ann@127.0.0.1:1',
  identityFile: '~/.ssh/none',
  remotePort: 18_789,
} as const;
const DIRECT = { kind: 'direct', url: 'wss://127.0.0.1:1', tlsFingerprint: 'ab'.repeat(32) } as const;
const places = [{ destination: SSH }, { destination: DIRECT }];
const changes = (base: string) => [
  { base, change: { kind: 'text' as const, text: '{}' } },
  { base, change: { kind: 'edits' as const, edits: [{ path: ['gateway', 'port'], value: 18_790 }] } },
  { base, change: { kind: 'edits' as const, edits: [{ path: ['gateway'], remove: true as const }] } },
];

type Samples = { [M in BridgeMethod]: readonly BridgeParams<M>[] };

/** `base`: the revision of the configuration that `config.file.plan` is asked about. */
export const samples = (base = 'none'): Samples => ({
  'view.get': [undefined],
  'updates.get': [undefined],
  'action.run': [
    { do: 'approve', requestId: 'one' },
    { do: 'reject', requestId: 'one' },
    { do: 'copySessionKey', key: 'none' },
    { do: 'openWindow', view: 'overview' },
    { do: 'setLanguage', language: 'en' },
    { do: 'setRunAtLogin', on: false },
    { do: 'setMode', mode: 'local' },
    { do: 'setLooksForUpdates', on: false },
  ],
  'connections.get': [undefined],
  'connections.open': places,
  'connections.save': places.map((place) => ({ ...place, name: 'Studio' })),
  'connections.forget': places,
  'connections.planConfig': places,
  'connections.writeConfig': places,
  'config.file.schema': [undefined],
  'config.file.read': [undefined],
  'config.file.plan': changes(base),
  // Of another revision: what may be written is for the tests of the view.
  'config.file.save': changes('another'),
  'doctor.examine': [undefined],
  'doctor.fix': [{ id: 'none' }],
  'doctor.undo': [undefined],
  'bundle.prepare': [{ hidesAddresses: true }],
  'bundle.save': [{ id: 'none' }],
  'firstRun.get': [undefined],
  'firstRun.finish': [
    { language: 'en', startNow: false, startsWithApp: false, runAtLogin: false, installsCommand: false },
  ],
  'gateway.call': [{ method: 'sessions.delete', params: { key: 'agent:main:none' } }],
  'picker.open': [undefined],
  'picker.close': [undefined],
  'prompts.get': [undefined],
  'prompt.answer': [
    { id: 'none', answer: { do: 'secret', kind: 'token', secret: 'x', remember: false } },
    { id: 'none', answer: { do: 'remove', confirm: 'x' } },
  ],
  'verdict.get': [{ fresh: false }],
  'about.get': [undefined],
  'licenses.get': [undefined],
  'logs.page': [
    {
      filter: { level: 'info', subsystem: 'gateway', sinceMs: 1, untilMs: 2, text: 'x', isPattern: true },
      towards: 'older',
      from: { file: '1-2', offset: 0 },
      limit: 10,
      follow: false,
      waitMs: 0,
    },
  ],
  'logs.line': [{ at: { file: '1-2', offset: 0 } }],
  'clipboard.write': [{ text: 'x' }],
  'link.open': [{ url: 'none' }],
  'chat.limits': [undefined],
});

/** What means something to a file system, a browser, a terminal or JavaScript. */
export const HOSTILE_TEXTS: readonly string[] = [
  '../../../../../../tmp/hostile',
  '..\\..\\..\\hostile',
  '/etc/passwd',
  '~/../../etc/passwd',
  'hostile\0.txt',
  'file:///etc/passwd',
  'FILE://evil.example/share',
  '\\\\evil.example\\share\\hostile',
  '//evil.example/share/hostile',
  '\\\\?\\C:\\hostile',
  'javascript:alert(1)',
  'http://evil.example/',
  'https://user:secret@evil.example/',
  '-oProxyCommand=hostile',
  '-oProxyCommand=touch hostile',
  '$(touch hostile);`touch hostile`|touch hostile',
  'a\r\nHost: evil.example',
  '\u001b]0;hostile\u0007\u202e',
  '\ud800',
  '__proto__',
  'constructor',
  'toString',
  '',
];

export const HUGE = 'x'.repeat(11 * 1024 * 1024);

/** Of each type; what stands in their place and has the same one is left out. */
const OTHER_TYPES: readonly unknown[] = [
  undefined,
  null,
  true,
  -1,
  1.5,
  Number.NaN,
  2 ** 60,
  'x',
  [],
  ['x'],
  {},
  { length: { toString: null } },
  new Map(),
  new Date(0),
  new Uint8Array(4),
];

type Path = readonly (string | number)[];
export interface Mutation {
  path: Path;
  params: unknown;
}

/** The params with another text in the place of each text that they hold. */
export const withTexts = (params: unknown, texts: readonly string[]): Mutation[] =>
  placesIn(params)
    .filter((path) => typeof at(params, path) === 'string')
    .flatMap((path) => texts.map((text) => ({ path, params: put(params, path, text) })));

/** The params with something of another type in each place. */
export const withOtherTypes = (params: unknown): Mutation[] =>
  placesIn(params).flatMap((path) =>
    OTHER_TYPES.filter((other) => typeOf(other) !== typeOf(at(params, path))).map((other) => ({
      path,
      params: put(params, path, other),
    })),
  );

/** The params with one key more in each object, among them the one that leads to the prototype of all objects. */
export const withMoreKeys = (params: unknown): Mutation[] =>
  placesIn(params)
    .filter((path) => typeOf(at(params, path)) === 'object')
    .flatMap((path) =>
      ['more', '__proto__', 'constructor'].map((key) => ({
        path,
        params: put(params, path, withOwn(at(params, path) as object, key)),
      })),
    );

const withOwn = (object: object, key: string): object =>
  Object.defineProperty({ ...object }, key, {
    value: { hostile: true },
    enumerable: true,
    configurable: true,
    writable: true,
  });

const typeOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
};

/** Where something stands, from the whole down to its parts. */
function placesIn(value: unknown, path: Path = []): Path[] {
  const parts = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const isList = Array.isArray(value);
  return [path, ...parts.flatMap(([key, part]) => placesIn(part, [...path, isList ? Number(key) : key]))];
}

export const at = (value: unknown, path: Path): unknown =>
  path.reduce((inner, key) => (inner as Record<string | number, unknown>)[key], value);

function put(value: unknown, [key, ...rest]: Path, replacement: unknown): unknown {
  if (key === undefined) return replacement;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, unknown>;
  copy[key] = put(copy[key], rest, replacement);
  return copy;
}

import type { Difference } from './equivalence.ts';
import type { Era } from './recording.ts';

export interface Divergence {
  era?: Era;
  /** Matches `<where> <what>` of a difference. */
  match: RegExp;
  why: string;
}

/** Where we differ from what was recorded, on purpose. Each entry has to be met by at least one recording. */
export const DIVERGENCES: Divergence[] = [
  // What an attacker could use.
  {
    match: /^host-header-nonlocal upgrade/,
    why: 'a Host that is not ours is refused, whoever asks: that is how a web page rebinds a name to this machine',
  },
  {
    era: 'v3',
    match: /^x-forwarded-for-untrusted upgrade/,
    why: 'a proxy that is not trusted is refused in both eras, as v4 does',
  },
  {
    match: /^origin-loopback-control-ui /,
    why: 'a browser is never paired silently, not even one of this machine; and we have no bundled Control UI that could be outdated',
  },
  { match: /^trusted-proxy\/control-ui /, why: 'we have no bundled Control UI that could be outdated' },
  {
    era: 'v3',
    match: /snapshot\.(configPath|stateDir|authMode) missing/,
    why: 'paths and the auth mode are for admins in both eras, as v4 does',
  },
  {
    era: 'v3',
    match: /^good-while-locked /,
    why: 'a lock that the right secret opens can be tried until it does; v4 keeps it shut as well',
  },

  // Both eras are served by one gateway.
  { era: 'v4', match: /^protocol-3-operator /, why: 'protocol 3 is spoken' },
  {
    era: 'v4',
    match: /^protocol-3-probe /,
    why: 'a probe that knows protocol 3 only is answered in it, like every other client',
  },
  { era: 'v3', match: /^protocol-range-3-4 /, why: 'a client that knows protocol 4 is answered in it' },
  {
    era: 'v3',
    match: /^protocol-too-(old|new) connect error\.details\./,
    why: 'a client of neither era is told in the words of v4, which contain those of v3',
  },
  {
    era: 'v3',
    match: /^password-field-.*-in-token-mode /,
    why: 'the shared secret counts in either field, as in v4',
  },
  {
    era: 'v3',
    match: /^node connect payload\.auth extra/,
    why: 'a node is given its device token, as in v4',
  },
  {
    era: 'v3',
    match: /^http \/ready(z)?\.eventLoop extra/,
    why: 'HTTP has no version: it is answered as in v4',
  },

  // Parts of OpenClaw that are not part of a gateway, or not of this one.
  {
    era: 'v4',
    match: /^(.* )?connect\.challenge payload\.capabilities/,
    why: 'no model catalog snapshot is offered',
  },
  {
    era: 'v4',
    match: /payload\.server\.(buildId|controlUiBuildSource) missing/,
    why: 'no Control UI is bundled',
  },
  {
    era: 'v4',
    match: /payload\.(controlUiWidgetKinds|controlUiLinkReaders|pluginSurfaceUrls) missing/,
    why: 'no Control UI and no plugins are bundled',
  },
  { era: 'v3', match: /payload\.canvasHostUrl missing/, why: 'no canvas is bundled' },
  { match: /payload\.snapshot\.update(Schedule|Available) missing/, why: 'a gateway does not update itself' },
  {
    era: 'v4',
    match: /payload\.auth\.recovery(Scope|MigrationAllowed) missing/,
    why: 'no credentials are recovered',
  },
  {
    era: 'v4',
    match: /payload\.policy\.(allowedSessionVisibilities|hasMultipleSessionSharingIdentities) missing/,
    why: 'sessions belong to one user',
  },
  {
    era: 'v4',
    match: /eventLoop\.cpuBreakdown missing/,
    why: 'worker threads are not measured: there are none',
  },
  {
    era: 'v4',
    match:
      /status payload\.(workerPools|shutdownBudget|hostDesktop\.port|heartbeat\.agents\[\]\.waitingForRoute) missing/,
    why: 'there are no worker pools, no remote desktop and no agent runs to report on',
  },
  {
    match: /payload\.(sessions\.)?defaults\.(model|modelProvider|contextTokens) type/,
    why: 'there is no model but the configured ones',
  },
  {
    era: 'v4',
    match: /sessions\.list payload\.defaults\.(thinking\w+|agentRuntime)\S* (value|missing)/,
    why: 'how much can be thought, and where, is a matter of the configured model',
  },
  {
    era: 'v4',
    match: /agents\.list payload\.agents\[\]\.\w+ missing/,
    why: 'how an agent thinks is not known before there are agent runs',
  },

  {
    era: 'v3',
    match: /heartbeat\.(agents\[\]\.)?enabled value/,
    why: 'a heartbeat that is off is not said to be on, as in v4',
  },

  // The configuration.
  {
    match: /^logs\.tail ok/,
    why: 'the page this program was asked for from shows sinceMs, so it is accepted',
  },
  {
    match: /(^| )config\.get payload\.\w+\.(commands|agents)(\.[.\w]+)? extra/,
    why: 'defaults are the same for both eras',
  },
  {
    era: 'v3',
    match: /^config\.(set|patch|apply) payload\.config\..* (missing|extra)/,
    why: 'the answer to a write holds what was written, without defaults, as in v4',
  },
  {
    era: 'v4',
    match: /^config\.get payload\.(includeProvenance|agentRosterIncludeOwned|bindingsIncludeOwned) extra/,
    why: 'they are there without a file, too',
  },
  {
    era: 'v4',
    match: /^password\/.* config\.get payload\.raw type/,
    why: 'a text that holds a secret is not shown, whatever the secret',
  },
  { era: 'v4', match: /payload\.\w+\.meta missing/, why: 'a file is not stamped with who touched it' },
  {
    match: /payload\.sentinel\.(persisted value|path missing|payload\.doctorHint missing)/,
    why: 'no file is left behind for the process after a restart: it is the same process; and there is no doctor',
  },
  {
    era: 'v3',
    match: /^(config\.apply payload\.restart missing|shutdown event missing)/,
    why: 'what can be changed without a restart is, as in v4',
  },
  {
    era: 'v3',
    match: /payload\.(children\[\]\.)?hint\.(tags missing|advanced extra)/,
    why: 'hints are those of v4',
  },

  {
    match: /^missing-scope-call health response missing/,
    why: 'an empty id is not echoed: no valid response has one',
  },
];

export function divergenceOf({ where, what }: Difference, era: Era): Divergence | undefined {
  return DIVERGENCES.find(
    (entry) => (entry.era === undefined || entry.era === era) && entry.match.test(`${where} ${what}`),
  );
}

import type { Difference } from './equivalence.ts';
import type { Era } from './recording.ts';
import { ADDED_TO_ROWS, LEFT_OUT_OF_ROWS, rowFields } from './session-row-fields.ts';

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
    era: 'v4',
    match: /status payload\.(uptimeMs|connections|eventLoopNow|listening) extra/,
    why: 'who can reach a gateway and how it is doing should be seen without guessing from its configuration',
  },
  {
    era: 'v4',
    match: /(connect error\.details|device\.pair\.list payload\.pending\[\])\.pairingCode extra/,
    why: 'people compare a code on both sides before they let a device in',
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

  // Agent runs.
  {
    era: 'v4',
    match: /^agent .* event\.payload\.(isHeartbeat|lane) missing/,
    why: 'no run comes from a heartbeat',
  },
  {
    era: 'v4',
    match: /^agent tool result event\.payload\.data\.commandBearing missing/,
    why: 'the item beside it says so',
  },
  {
    era: 'v4',
    match: /^agent lifecycle end event\.payload\.data\.(replayInvalid|terminalDelivery) missing/,
    why: 'every run can be replayed, and nothing is delivered to channels',
  },
  {
    era: 'v4',
    match: /^agent lifecycle fallback_step event missing/,
    why: 'with a single model there is nothing to fall back to',
  },
  {
    match: /^(agent lifecycle (error|model left)|chat error) number/,
    why: 'a run that fails tells the steps it took, however early it fails, and no fallback',
  },
  {
    match: /^agent lifecycle (start|finishing|error) event extra/,
    why: 'a run without a model begins and ends like every other',
  },
  { match: /^chat (error|final) event (extra|missing)/, why: 'a run that fails is an error, not an answer' },
  { era: 'v4', match: /^chat error notice event missing/, why: 'a failure is told once' },
  {
    match:
      /(errorMessage|data\.error|agent error\.message|agent\.wait payload\.(error|status)) (value|extra)/,
    why: 'the words of the model server are passed on, and a missing model is told with what to do about it',
  },
  {
    match: /(data\.errorObservation|errorDetail)(\.\w+)? (missing|extra)/,
    why: 'the kind of a failure and the HTTP status say it',
  },
  {
    match: /^agent lifecycle error event\.payload\.data\.(aborted|livenessState|startedAt) (missing|extra)/,
    why: 'the end of a run has one shape, with a model and without',
  },
  {
    era: 'v4',
    match: /^agent lifecycle (model|model left|error) event missing/,
    why: 'nothing is told of a run after it has said that it was aborted',
  },
  {
    match: /^agent payload\.result\.(sourceReplyDeliveryState|deliverySucceeded|deliveryStatus) missing/,
    why: 'there are no channels to deliver to',
  },
  {
    match: /^agent payload\.result\.meta\.\w+(\.\w+)? (missing|extra)/,
    why: 'internals of another agent runtime; what was used stands in `usage`',
  },
  {
    match: /^agent\.wait payload\.(terminalReceipt|livenessState|startedAt|stopReason) (missing|extra)/,
    why: 'each answer to agent.wait has the same fields',
  },
  { era: 'v3', match: /^agent ok/, why: 'a run that could not be delivered is carried out, as in v4' },
  {
    era: 'v3',
    match: /^chat (aborted|final) event\.payload\.sessionKey value/,
    why: 'the whole key of a session is told, as v3 did in all other events and v4 does everywhere',
  },
  {
    era: 'v3',
    match: /^agent tool result event\.payload\.data\.isError value/,
    why: 'there is no tool session_status',
  },
  { match: /^send error/, why: 'there are no channels to send to' },

  // Sessions.
  {
    match: /^chat\.history payload\.(messages\[\]|deltaCursor|nextOffset|hasMore|thinkingLevel|defaults)/,
    why: 'the transcript is ours: other messages came before, and failures are told as events',
  },
  {
    match: rowFields(LEFT_OUT_OF_ROWS, 'missing'),
    why: 'a row holds what this gateway knows: no participants, placement, sharing, automation or prompt budget',
  },
  {
    match: rowFields(ADDED_TO_ROWS, 'extra'),
    why: 'a row tells the same wherever it stands, also where the recorded one left something out',
  },
  {
    match:
      /^(chat\.history payload\.sessionInfo|sessions\.list payload\.(sessions\[\]|defaults)|sessions\.(patch|reset) payload\.(entry|resolved)|sessions\.changed event\.payload\.session)\.(agentRuntime\.\w+|thinking(Levels\[\]\.id|Options)|systemSent|abortedLastRun|unread|status|lastRunId|lastMessagePreview|derivedTitle|totalTokensFresh) value$/,
    why: 'what a row tells of the runs before, which were not the same, and of the agent runtime, which is ours',
  },
  {
    match: /^agent payload\.result\.meta\.agentMeta\.usage\.\w+ missing/,
    why: 'cost and caches are told by sessions.usage',
  },
  {
    match:
      /^(sessions\.usage|usage\.cost) payload\.(sessions\[\]\.\w+|aggregates\.latency|cacheStatus\.status) /,
    why: 'usage is counted from the transcripts when it is asked for; nobody but the one user creates sessions',
  },
  {
    era: 'v3',
    match: /^sessions\.list payload\.sessions\[\]\.(modelProvider|model) value/,
    why: 'the model that was chosen for a session outlives its resets; v3 forgot one that nobody has',
  },
  {
    match: /^sessions\.compact payload\.(ok|compacted|reason|kept|archived) /,
    why: 'what was cut off is kept as a file; how much there is to summarise differs, and the words of a failure',
  },
  {
    era: 'v4',
    match: /^sessions\.changed event(\.payload\.(reason|sessionKey) value| missing)/,
    why: 'one change of a session is told once',
  },
  {
    match: /^sessions\.delete payload\.archived value/,
    why: 'files are named after the session and the moment',
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

import type { Difference } from './equivalence.ts';

/** Where a session is described. */
const ROWS =
  'chat\\.history payload\\.sessionInfo|sessions\\.list payload\\.(sessions\\[\\]|defaults)|' +
  'sessions\\.(patch|reset) payload\\.(entry|resolved)|sessions\\.changed event\\.payload(\\.session)?';

/** Matches a difference in one of these fields of a session, wherever it is described. */
export const rowFields = (fields: readonly string[], what: Difference['what']): RegExp =>
  new RegExp(`^(${ROWS})\\.(${fields.join('|')}) ${what}$`);

/** What recorded gateways told of a session and we do not, at least in one place. */
export const LEFT_OUT_OF_ROWS = (
  'abortedLastRun activeLeafEntryId activeModel activeModelProvider activeRunIds activitySummary ' +
  'agentHarnessId agentId agentRuntime agentRuntime\\.\\w+ agentStatus ancestorSessions archiveReason ' +
  'archived archivedAt archivedBy autoLabel boardPresentation cacheRead cacheWrite category ' +
  'channelAvatarUrl chatType color compacted contextBudgetStatus contextTokens contextTokensSource ' +
  'controlOwnerSessionKey createdActor createdAt createdVia delivery deliveryContext displayName ' +
  'effectiveFastMode effectiveFastModeSource effectiveQueueMode effectiveResponseUsage endedAt ' +
  'estimatedCostUsd expandedParticipants fastAutoOnSeconds goal hasActiveRun hasAutomation icon ' +
  'inputTokens kind lastActivityAt lastChannel lastRunError lastRunId lastTo markedUnreadAt ' +
  'messageCount model modelOverrideSource modelProvider observerDigest origin outputTokens owner ' +
  'participantCount participants permissionMode permissionModePending pinned pinnedAt placement ' +
  'placementMove providerReview restartRecoveryStatus runtimeMs runtimeSelectionLocked ' +
  'sessionDiffBaseline sessionFile sessionId sharingRole startedAt status swarm systemSent ' +
  'thinkingDefault thinkingLevel toolOverrides totalTokens totalTokensFresh totalTokensVersion unread ' +
  'updatedAt visibility'
).split(' ');

/** What we tell of a session where recorded gateways did not. */
export const ADDED_TO_ROWS = (
  'agentId agentRuntime agentRuntime\\.\\w+ chatType compactionCount contextTokens createdAt ' +
  'derivedTitle endedAt inputTokens key lastMessagePreview lastRunId messageCount modelOverride ' +
  'outputTokens providerOverride runtimeMs session sessionKey startedAt thinkingDefault thinkingLevels thinkingOptions totalTokens'
).split(' ');

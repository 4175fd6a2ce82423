/** Keys of sessions, schedules, messages and channels, and the sections this program only carries along. The notation is explained in `schema.ts`. */
export const SESSION_KEYS = `
session
  scope "per-sender"|"global"
  dmScope "main"|"per-peer"|"per-channel-peer"|"per-account-channel-peer"
  identityLinks
    * [string]
  resetTriggers [string]
  idleMinutes int(>0)
  reset
    mode "daily"|"idle"|"none"
    atHour int(>=0,<=23)
    idleMinutes int(>0)
  resetByType
    direct
      mode "daily"|"idle"|"none"
      atHour int(>=0,<=23)
      idleMinutes int(>0)
    dm
      mode "daily"|"idle"
      atHour int(>=0,<=23)
      idleMinutes int(>0)
    group
      mode "daily"|"idle"|"none"
      atHour int(>=0,<=23)
      idleMinutes int(>0)
    thread
      mode "daily"|"idle"|"none"
      atHour int(>=0,<=23)
      idleMinutes int(>0)
  resetByChannel
    *
      mode "daily"|"idle"|"none"
      atHour int(>=0,<=23)
      idleMinutes int(>0)
  store string
  typingIntervalSeconds int(>0)
  typingMode "never"|"instant"|"thinking"|"message"
  parentForkMaxTokens int(>=0)
  mainKey string
  sendPolicy
    default "allow"|"deny"
    rules list
      action! "allow"|"deny"
      match
        channel string
        chatType "direct"|"group"|"channel"|"dm"
        keyPrefix string
        rawKeyPrefix string
  agentToAgent
    maxPingPongTurns int(>=0,<=5)
  threadBindings
    enabled boolean
    idleHours number(>=0)
    maxAgeHours number(>=0)
    spawnSessions boolean
    defaultSpawnContext "isolated"|"fork"
  maintenance
    mode "enforce"|"warn"
    pruneAfter string|number
    pruneDays int(>0)
    maxEntries int(>0)
    rotateBytes string|number
    resetArchiveRetention string|number|false
    maxDiskBytes string|number|false
    highWaterBytes string|number
    coldStorage
      enabled boolean
      afterDays int(>0)
    archiveDashboardAfter string|number|false|0
    preserveRecent string|number|false
  groupScope "main"|"per-group"
  notifyOnCreate boolean
  sharing
    readOnly boolean
    suggest boolean
    drafts boolean
cron
  enabled boolean
  store string
  maxConcurrentRuns int(>0)
  retry
    maxAttempts int(>=0,<=10)
    backoffMs [int(>=0)]
    retryOn ["rate_limit"|"overloaded"|"network"|"timeout"|"server_error"]
  webhook string
  webhookToken secret
  sessionRetention string|false
  runLog
    maxBytes string|number
    keepLines int(>0)
  failureAlert
    enabled boolean
    after int(>=1)
    cooldownMs int(>=0)
    mode "announce"|"webhook"
    accountId string
    includeSkipped boolean
    channel string
    to string
  failureDestination
    channel string
    to string
    accountId string
    mode "announce"|"webhook"
  skipMissedJobs boolean
  triggers
    enabled boolean
  webhookSsrfPolicy
    dangerouslyAllowPrivateNetwork boolean
    allowRfc2544BenchmarkRange boolean
    allowIpv6UniqueLocalRange boolean
    allowedHostnames [string]
    blockedHostnames [string]
messages
  messagePrefix string
  responsePrefix string
  groupChat
    mentionPatterns [string]
    historyLimit int(>=0)
    unmentionedInbound "user_request"|"room_event"
    visibleReplies "automatic"|"message_tool"|boolean
  queue
    mode @queueMode
    byChannel
      * @queueMode
    debounceMs int(>=0)
    debounceMsByChannel
      * int(>=0)
    cap int(>0)
    drop "old"|"new"|"summarize"
  inbound
    debounceMs int(>=0)
    byChannel
      * int(>=0)
  ackReaction string
  ackReactionScope "group-mentions"|"group-all"|"direct"|"all"|"off"|"none"
  removeAckAfterReply boolean
  statusReactions
    enabled boolean
    emojis
      thinking string
      tool string
      coding string
      web string
      done string
      error string
      stallSoft string
      stallHard string
      compacting string
    timing
      debounceMs int(>=0)
      stallSoftMs int(>=0)
      stallHardMs int(>=0)
      doneHoldMs int(>=0)
      errorHoldMs int(>=0)
  suppressToolErrors boolean
  tts object
  visibleReplies "automatic"|"message_tool"|boolean
  usageTemplate string|object
  responseUsage "on"|"off"|"tokens"|"full"|object
update
  channel "stable"|"beta"|"dev"|"extended-stable"
  checkOnStart boolean
  auto
    enabled boolean
    stableDelayHours number(>=0,<=168)
    stableJitterHours number(>=0,<=168)
    betaCheckIntervalHours number(>0,<=24)
ui
  seamColor string
  assistant
    name string
    avatar string
  prefs
    theme "claw"|"knot"|"dash"|"absolutely"|"tide"|"beacon"|"phosphor"|"crt"|"manuscript"|"rose"|"miami"|"custom"
    themeMode "light"|"dark"|"system"
    accent string
    locale string
    chatShowThinking boolean
    chatShowToolCalls boolean
    chatPersistCommentary boolean
    chatSendShortcut "enter"|"modifier-enter"
    chatFollowUpMode "steer"|"queue"
    sidebarEntries [string]
wizard
  lastRunAt string
  lastRunVersion string
  lastRunCommit string
  lastRunCommand string
  lastRunMode "local"|"remote"
  accessMode "full"|"guarded"
  appRecommendations boolean
  securityAcknowledgedAt string
meta
  lastTouchedVersion string
  lastTouchedAt any
  migrations
    modelPolicyAllowlist true
    utilityModelSeparation true
channels object
  * object
    enabled boolean
    dmPolicy "pairing"|"allowlist"|"open"|"disabled"
    allowFrom [string|number]
    groupPolicy "open"|"disabled"|"allowlist"
    defaultAccount string
    configWrites boolean
    botToken secret
    appToken secret
    userToken secret
    signingSecret secret
    webhookSecret secret
    token secret
    tokenFile string
accessGroups object
acp object
approvals object
attachments object
audio object
auth object
bindings [any]
broadcast object
browser object
canvasHost object
cli object
cloudWorkers object
desktop object
diagnostics object
mcp object
media object
memory object
nodeHost object
plugins object
proxy object
security object
skills object
surfaces object
talk object
telemetry object
tools object
transcripts object
tts object
web object
worktreeAcceleration boolean
worktreeRoot string
`;

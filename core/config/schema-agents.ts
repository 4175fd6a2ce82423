/** Keys of agents. The notation is explained in `schema.ts`. */
export const AGENT_KEYS = `
agents
  defaults
    model string|object
    imageModel string|object
    pdfModel string|object
    pdfMaxBytesMb number(>0)
    pdfMaxPages int(>0)
    models
      *
        alias string
        params
          * any
        streaming boolean
        agentRuntime
          id string
        pickerRuntimes [string]
        codeMode boolean
    workspace string
    repoRoot string
    skipBootstrap boolean
    bootstrapMaxChars int(>0)
    bootstrapTotalMaxChars int(>0)
    bootstrapPromptTruncationWarning "off"|"once"|"always"
    userTimezone string
    timeFormat "auto"|"12"|"24"
    envelopeTimezone string
    envelopeTimestamp "on"|"off"
    envelopeElapsed "on"|"off"
    contextTokens int(>0)
    cliBackends object
    memorySearch object
    contextPruning object
    compaction
      mode "default"|"safeguard"
      reserveTokens int(>=0)
      keepRecentTokens int(>0)
      reserveTokensFloor int(>=0)
      maxHistoryShare number(>=0.1,<=0.9)
      customInstructions string
      identifierPolicy "strict"|"off"|"custom"
      identifierInstructions string
      recentTurnsPreserve int(>=0,<=12)
      qualityGuard
        enabled boolean
        maxRetries int(>=0)
      postIndexSync "off"|"async"|"await"
      postCompactionSections [string]
      model string
      memoryFlush
        enabled boolean
        softThresholdTokens int(>=0)
        forceFlushTranscriptBytes int(>=0)|string
        prompt string
        systemPrompt string
        model string
      enabled boolean
      provider string
      thinkingLevel "off"|"minimal"|"low"|"medium"|"high"|"xhigh"|"adaptive"|"max"|"ultra"|"inherit"
      midTurnPrecheck
        enabled boolean
      timeoutSeconds int(>0)
      maxActiveTranscriptBytes int(>=0)|string
      notifyUser boolean
    embeddedPi
      projectSettingsPolicy "trusted"|"sanitize"|"ignore"
    thinkingDefault "off"|"minimal"|"low"|"medium"|"high"|"xhigh"|"adaptive"|"max"|"ultra"
    verboseDefault "off"|"on"|"full"
    elevatedDefault "off"|"on"|"ask"|"full"
    blockStreamingDefault "off"|"on"
    blockStreamingBreak "text_end"|"message_end"
    blockStreamingChunk
      minChars int(>0)
      maxChars int(>0)
      breakPreference "paragraph"|"newline"|"sentence"
    blockStreamingCoalesce
      minChars int(>0)
      maxChars int(>0)
      idleMs int(>=0)
    humanDelay object
    timeoutSeconds int(>=0)
    mediaMaxMb number(>0)
    imageMaxDimensionPx int(>0)
    typingIntervalSeconds int(>0)
    typingMode "never"|"instant"|"thinking"|"message"
    heartbeat
      every string
      activeHours
        start string
        end string
        timezone string
      model string
      session string
      includeReasoning boolean
      target string
      directPolicy "allow"|"block"
      to string
      accountId string
      prompt string
      ackMaxChars int(>=0)
      suppressToolErrorWarnings boolean
      lightContext boolean
      timeoutSeconds int(>0)
      isolatedSession boolean
      agentId string
    maxConcurrent int(>0)
    subagents
      maxConcurrent int(>0)
      maxSpawnDepth int(>=1,<=5)
      maxChildrenPerAgent int(>=1,<=20)
      archiveAfterMinutes int(>=0)
      model string|object
      thinking string
      runTimeoutSeconds int(>=0)
      announceTimeoutMs int(>0)
      delegationMode "suggest"|"prefer"
      allowAgents [string]
      requireAgentId boolean
    sandbox object
      mode "off"|"non-main"|"all"
    params
      * any
    modelSelectionScope "session"|"agent"|"global"
    utilityModel string
    decisionModel string
    mediaModels
      image string|object
      video string|object
      music string|object
    voiceModel string|object
    pdfMaxMb number(>0)
    modelPolicy
      allow [string]
    cwd string
    skills [string]
    silentReply
      group "allow"|"disallow"
      internal "allow"|"disallow"
    skipOptionalBootstrapFiles ["SOUL.md"|"USER.md"|"HEARTBEAT.md"|"IDENTITY.md"]
    contextInjection "always"|"continuation-skip"|"never"
    experimental
      localModelLean boolean
    startupContext
      enabled boolean
      applyOn ["new"|"reset"]
      dailyMemoryDays int(>=1,<=14)
      maxFileBytes int(>=1,<=65536)
      maxFileChars int(>=1,<=10000)
      maxTotalChars int(>=1,<=50000)
    embeddedAgent
      projectSettingsPolicy "trusted"|"sanitize"|"ignore"
      executionContract "default"|"strict-agentic"
      cyberFailover
        mode "auto"|"off"
        model string
        cooloffMs int(>0)
    fastModeDefault boolean|"auto"
    toolProgressDetail "explain"|"raw"
    reasoningDefault "off"|"on"|"stream"
    imageQuality "auto"|"efficient"|"balanced"|"high"
    systemAgent
      agentId string
    authInheritance
      agentId string
    sessionStore
      agentId string
    contextLimits
      memoryGetMaxChars int(>=1,<=250000)
      postCompactionMaxChars int(>=1,<=50000)
  ownership "explicit"
  list list
    id string
    default boolean
    name string
    workspace string
    agentDir string
    model string|object
    skills [string]
    memorySearch object
    humanDelay object
    heartbeat object
    identity object
    groupChat object
    subagents object
    sandbox object
    params object
    tools object
    runtime object
  entries
    *
      name string
      description string
      workspace string
      cwd string
      agentDir string
      model string|object
      utilityModel string
      decisionModel string
      models object
      modelPolicy object
      thinkingDefault "off"|"minimal"|"low"|"medium"|"high"|"xhigh"|"adaptive"|"max"|"ultra"
      verboseDefault "off"|"on"|"full"
      toolProgressDetail "explain"|"raw"
      reasoningDefault "on"|"off"|"stream"
      fastModeDefault boolean|"auto"
      contextInjection "always"|"continuation-skip"|"never"
      bootstrapMaxChars int(>0)
      bootstrapTotalMaxChars int(>0)
      experimental object
      skills [string]
      subagents object
      embeddedAgent object
      params object
      runtime object
      memory object
      humanDelay object
      typingMode "never"|"instant"|"thinking"|"message"
      tts object
      skillsLimits object
      contextLimits object
      heartbeat object
      identity object
      groupChat object
      sandbox object
      tools object
      default boolean
`;

/** Keys of model providers, secrets and the environment. The notation is explained in `schema.ts`. */
export const MODEL_KEYS = `
models
  mode "merge"|"replace"
  providers
    *
      baseUrl string
      apiKey secret
      auth "api-key"|"aws-sdk"|"oauth"|"token"
      api @modelApi
      injectNumCtxForOpenAICompat boolean
      headers
        * secret
      authHeader boolean
      models list
        id! string
        name! string
        api @modelApi
        reasoning boolean
        input ["text"|"image"|"video"|"audio"]
        cost
          input number
          output number
          cacheRead number
          cacheWrite number
          tieredPricing list
            input! number
            output! number
            cacheRead! number
            cacheWrite! number
            range! [any]
        contextWindow number(>0)
        maxTokens number(>0)
        headers
          * string
        compat object
        baseUrl string
        contextTokens int(>0)
        thinkingLevelMap
          off string|null
          minimal string|null
          low string|null
          medium string|null
          high string|null
          xhigh string|null
          max string|null
        params
          * any
        agentRuntime
          id string
        mediaInput
          image
            maxBytes int(>0)
            maxPixels int(>0)
            maxSidePx int(>0)
            preferredSidePx int(>0)
            tokenMode "tile"|"detail"|"provider"
        metadataSource "models-add"
      maxTokens number(>0)
      timeoutSeconds int(>0)
      region string
      params
        * any
      agentRuntime
        id string
      localService
        command! string
        args [string]
        cwd string
        env
          * string
        healthUrl string
        readyTimeoutMs int(>0)
        idleStopMs int(>=0)
      request object
  bedrockDiscovery
    enabled boolean
    region string
    providerFilter [string]
    refreshInterval int(>=0)
    defaultContextWindow int(>0)
    defaultMaxTokens int(>0)
  catalogRefresh
    enabled boolean
    url string
secrets
  providers
    * object
  defaults
    env string
    file string
    exec string
    store string
  resolution
    maxProviderConcurrency int(>0,<=16)
    maxRefsPerProvider int(>0,<=4096)
    maxBatchBytes int(>0,<=5242880)
  egressProxy
    enabled boolean
    allowedHosts [string]
    bypassHosts [string]
env
  shellEnv
    enabled boolean
    timeoutMs int(>=0)
  vars
    * string
  * string
`;

/** Keys of the gateway itself: sockets, authentication, hooks, commands, log. The notation is explained in `schema.ts`. */
export const GATEWAY_KEYS = `
gateway
  port int(>=1,<=65535)
  mode "local"|"remote"
  bind "auto"|"lan"|"loopback"|"custom"|"tailnet"
  customBindHost string
  controlUi
    enabled boolean
    basePath string
    root string
    allowedOrigins [string]
    dangerouslyAllowHostHeaderOriginFallback boolean
    allowInsecureAuth boolean
    dangerouslyDisableDeviceAuth boolean
    experimental
      customPlugins boolean
    environment
      label! string
      color! "teal"|"amber"|"purple"|"coral"|"pink"|"blue"|"green"|"red"|"gray"
    communityInvite boolean
    github
      token secret
    sessionObserver boolean
    embedSandbox "strict"|"scripts"|"trusted"
    allowExternalEmbedUrls boolean
    automaticallyFetchFavicons boolean
  auth
    mode "none"|"token"|"password"|"trusted-proxy"
    token secret
    password secret
    allowTailscale boolean
    rateLimit
      maxAttempts number
      windowMs number
      lockoutMs number
      exemptLoopback boolean
    trustedProxy
      userHeader! string
      requiredHeaders [string]
      allowUsers [string]
      allowLoopback boolean
      cloudflareAccessOidc
        issuer! string
        providerId! string
        githubAccountIdClaim! string
      deviceAutoApprove
        enabled boolean
        scopes [string]
    identityScopes
      * [@scope]
  trustedProxies [string]
  allowRealIpFallback boolean
  tools
    deny [string]
    allow [string]
  channelHealthCheckMinutes int(>=0)
  tailscale
    mode "off"|"serve"|"funnel"
    resetOnExit boolean
    preserveFunnel boolean
  remote
    url string
    transport "ssh"|"direct"
    token secret
    password secret
    tlsFingerprint string
    sshTarget string
    sshIdentity string
    remotePort int(>=1,<=65535)
    edgeAuth
      * secret
    sshHostKeyPolicy "strict"|"openssh"
  reload
    mode "off"|"restart"|"hot"|"hybrid"
    debounceMs int(>=0)
  tls
    enabled boolean
    autoGenerate boolean
    certPath string
    keyPath string
    caPath string
  http
    endpoints
      chatCompletions
        enabled boolean
        maxBodyBytes int(>0)
        maxImageParts int(>=0)
        maxTotalImageBytes int(>0)
        images
          allowUrl boolean
          urlAllowlist [string]
          allowedMimes [string]
          maxBytes int(>0)
          maxRedirects int(>=0)
          timeoutMs int(>0)
      responses
        enabled boolean
        maxBodyBytes int(>0)
        maxUrlParts int(>=0)
        files
          allowUrl boolean
          urlAllowlist [string]
          allowedMimes [string]
          maxBytes int(>0)
          maxRedirects int(>=0)
          timeoutMs int(>0)
          maxChars int(>0)
          pdf
            maxPages int(>0)
            maxPixels int(>0)
            minTextChars int(>=0)
        images
          allowUrl boolean
          urlAllowlist [string]
          allowedMimes [string]
          maxBytes int(>0)
          maxRedirects int(>=0)
          timeoutMs int(>0)
    securityHeaders
      strictTransportSecurity string|false
  push
    apns
      relay
        baseUrl string
        timeoutMs int(>0)
  nodes
    browser
      mode "auto"|"manual"|"off"
      node string
    allowCommands [string]
    denyCommands [string]
    pairing
      autoApproveLocal boolean
      autoApproveCidrs [string]
      sshVerify boolean|object
    pluginTools
      enabled boolean
    allowSkills boolean
    commands
      allow [string]
      deny [string]
  publicOrigin string
  portals
    ingress
      domain! string
      port! int(>=1,<=65535)
  cliAgents
    enabled boolean
  terminal
    enabled boolean
    shell string
    detachedSessionTimeoutSeconds int(>=0)
  roles
    default! string
    definitions!
      *
        sessions!
          others! "none"|"view"|"suggest"|"write"
        sandbox "inherit"|"required"
        agents! "*"|[string]
        scopes! [@scope]
        accessPolicyPlugin string
discovery
  wideArea
    enabled boolean
    domain string
  mdns
    mode "off"|"minimal"|"full"
hooks
  enabled boolean
  path string
  token string
  defaultSessionKey string
  allowRequestSessionKey boolean
  allowedSessionKeyPrefixes [string]
  allowedAgentIds [string]
  maxBodyBytes int(>0)
  presets [string]
  transformsDir string
  mappings list
    id string
    match
      path string
      source string
    action "wake"|"agent"
    wakeMode "now"|"next-heartbeat"
    name string
    agentId string
    sessionKey string
    messageTemplate string
    textTemplate string
    deliver boolean
    allowUnsafeExternalContent boolean
    channel string
    to string
    model string
    thinking string
    timeoutSeconds int(>0)
    transform
      module! string
      export string
    sessionMode "isolated"|"persistent"
    forEach string
  gmail
    account string
    label string
    topic string
    subscription string
    pushToken string
    hookUrl string
    includeBody boolean
    maxBytes int(>0)
    renewEveryMinutes int(>0)
    allowUnsafeExternalContent boolean
    serve
      bind string
      port int(>0)
      path string
    tailscale
      mode "off"|"serve"|"funnel"
      path string
      target string
    model string
    thinking "off"|"minimal"|"low"|"medium"|"high"
  internal object
commands
  native boolean|"auto"
  nativeSkills boolean|"auto"
  text boolean
  bash boolean
  bashForegroundMs int(>=0,<=30000)
  config boolean
  debug boolean
  restart boolean
  useAccessGroups boolean
  ownerAllowFrom [string|number]
  ownerDisplay "raw"|"hash"
  ownerDisplaySecret string
  allowFrom
    * [string|number]
  mcp boolean
  plugins boolean
logging
  level @logLevel
  file string
  maxFileBytes int(>0)
  consoleLevel @logLevel
  consoleStyle "pretty"|"compact"|"json"
  redactSensitive "off"|"tools"
  redactPatterns [string]
  audit
    enabled boolean
    executionIdentity boolean
    messages "off"|"direct"|"all"
`;

/** What a changed key asks of a running gateway: nothing, applying it in place, or a restart. */
export type ReloadKind = 'none' | 'hot' | 'restart';

const KIND_OF_PREFIX: Record<ReloadKind, string[]> = {
  none: [
    'gateway.remote gateway.reload session logging messages agents secrets commands skills bindings',
    'ui wizard meta talk discovery.wideArea',
  ],
  hot: [
    'gateway.auth.rateLimit gateway.auth.allowTailscale gateway.auth.identityScopes gateway.auth.trustedProxy',
    'gateway.controlUi.allowedOrigins gateway.http.endpoints gateway.trustedProxies gateway.nodes.commands',
    'gateway.terminal gateway.tools hooks cron agents.defaults.model agents.defaults.models',
    'agents.defaults.heartbeat agents.entries agents.list models channels plugins tools acp mcp',
    'discovery.mdns',
  ],
  restart: ['gateway discovery env update browser diagnostics memory approvals'],
};

const kinds = new Map(
  Object.entries(KIND_OF_PREFIX).flatMap(([kind, lines]) =>
    lines.flatMap((line) => line.split(' ')).map((prefix) => [prefix, kind as ReloadKind] as const),
  ),
);

/** The most specific known prefix of a dotted path decides; a path without one needs a restart. */
export function reloadKindOf(path: string): ReloadKind {
  for (let prefix = path; prefix !== ''; prefix = prefix.slice(0, Math.max(0, prefix.lastIndexOf('.')))) {
    const kind = kinds.get(prefix);
    if (kind) return kind;
  }
  return 'restart';
}

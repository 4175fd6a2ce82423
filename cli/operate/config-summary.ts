import { parseEndpoint } from '../../core/client/endpoint.ts';
import { asNumber, asObject, asText, valueAt } from '../../core/lib/json.ts';

/**
 * What the configuration of a gateway comes to, by its answer to `config.get`: of secrets only whether there are any.
 * Null for anything that is no such answer. Source: CLI page, probe.
 */
export function configSummary(answer: unknown): Record<string, unknown> | null {
  const { path, exists, valid, issues, legacyIssues, config } = asObject(answer);
  if (config === undefined) return null;
  const text = (at: string): string | null => asText(valueAt(config, at)) ?? null;
  const flag = (at: string): boolean | null => {
    const value = valueAt(config, at);
    return typeof value === 'boolean' ? value : null;
  };
  const isSet = (at: string): boolean => ![undefined, null, ''].includes(valueAt(config, at) as null);
  return {
    path: asText(path) ?? null,
    exists: exists === true,
    valid: valid === true,
    issues: issuesIn(issues),
    legacyIssues: issuesIn(legacyIssues),
    gateway: {
      mode: text('gateway.mode'),
      bind: text('gateway.bind'),
      port: asNumber(valueAt(config, 'gateway.port')) ?? null,
      controlUiEnabled: flag('gateway.controlUi.enabled'),
      controlUiBasePath: text('gateway.controlUi.basePath'),
      authMode: text('gateway.auth.mode'),
      authTokenConfigured: isSet('gateway.auth.token'),
      authPasswordConfigured: isSet('gateway.auth.password'),
      remoteUrl: plainUrl(text('gateway.remote.url')),
      remoteTokenConfigured: isSet('gateway.remote.token'),
      remotePasswordConfigured: isSet('gateway.remote.password'),
      tailscaleMode: text('gateway.tailscale.mode'),
    },
    discovery: { wideAreaEnabled: flag('discovery.wideArea.enabled') },
  };
}

const issuesIn = (issues: unknown): { path: string; message: string }[] =>
  (Array.isArray(issues) ? issues : []).map((issue) => {
    const { path, message } = asObject(issue);
    return { path: asText(path) ?? '', message: asText(message) ?? '' };
  });

/** An address may carry a user name, a password or a key in its query. */
function plainUrl(url: string | null): string | null {
  if (url === null) return null;
  try {
    return parseEndpoint(url).url;
  } catch {
    return '(hidden)';
  }
}

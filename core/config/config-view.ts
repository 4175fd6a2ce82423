import JSON5 from 'json5';
import { applyDefaults, applyV3Defaults, withMainAgent } from './defaults.ts';
import { type ConfigFile, type ConfigIssue, textHash } from './read.ts';
import { collectSecrets, redactConfig } from './redaction.ts';
import type { Revisions } from './revision.ts';

/** The answer to `config.get` as protocol v4 has it, without any secret. `v3` is for the v3 dialect and not sent. */
export interface ConfigView {
  path: string;
  exists: boolean;
  /** The text; null when it holds a secret, is broken or there is none. */
  raw: string | null;
  parsed: unknown;
  resolved: Record<string, unknown>;
  sourceConfig: Record<string, unknown>;
  runtimeConfig: Record<string, unknown>;
  config: Record<string, unknown>;
  valid: boolean;
  hash: string;
  issues: ConfigIssue[];
  warnings: ConfigIssue[];
  legacyIssues: ConfigIssue[];
  includedPaths: string[];
  includeProvenance: unknown[];
  agentRosterIncludeOwned: boolean;
  bindingsIncludeOwned: boolean;
  configRevisionHash: string;
  appliedConfigHash: string;
  /**
   * sha256 hex of the text, the text with secrets replaced (written anew when there are any), and the values without
   * keys that a 2026.3 gateway would refuse if its editor wrote them back.
   */
  v3: {
    hash: string;
    raw: string | null;
    resolved: Record<string, unknown>;
    config: Record<string, unknown>;
  };
}

export interface ViewInput {
  file: ConfigFile;
  issues: ConfigIssue[];
  warnings: ConfigIssue[];
  revisions: Revisions;
  appliedConfigHash: string;
  /** Secrets that may stand anywhere, such as resolved references. */
  secrets: readonly string[];
}

export function viewOf({
  file,
  issues,
  warnings,
  revisions,
  appliedConfigHash,
  secrets,
}: ViewInput): ConfigView {
  const known = secretsOf(file, secrets);
  const shown = (value: unknown): Record<string, unknown> =>
    redactConfig(value, known).value as Record<string, unknown>;
  const source = withMainAgent(file.resolved);
  const runtime = shown(applyDefaults(source));
  const parsed = redactConfig(file.parsed, known);
  const broken = file.text === null || file.issues.some((issue) => issue.path === '');
  const clean = !parsed.redacted && !known.some((secret) => file.text?.includes(secret));
  const rewritten = broken ? null : JSON5.stringify(parsed.value, null, 2);
  const owned = (section: string): boolean =>
    [...file.includeOrigins.keys()].some((path) => path.startsWith(section));
  return {
    path: file.path,
    includedPaths: file.includedPaths,
    includeProvenance: [...file.includeOrigins].map(([path, from]) => ({ path, file: from })),
    agentRosterIncludeOwned: owned('agents.'),
    bindingsIncludeOwned: owned('bindings'),
    exists: file.exists,
    raw: clean && !broken ? file.text : null,
    parsed: parsed.value,
    sourceConfig: shown(source),
    resolved: shown(source),
    valid: issues.length === 0,
    runtimeConfig: runtime,
    config: runtime,
    hash: revisions.ofText(file.text ?? ''),
    issues,
    warnings,
    legacyIssues: [],
    configRevisionHash: revisions.ofConfig(file.resolved),
    appliedConfigHash,
    v3: {
      hash: textHash(file.text ?? ''),
      raw: clean && !broken ? file.text : rewritten,
      resolved: shown(file.resolved),
      config: shown(applyV3Defaults(file.resolved)),
    },
  };
}

/** Every secret of a file that is long enough to be recognised elsewhere. */
export const secretsOf = (file: ConfigFile, more: readonly string[] = []): string[] => [
  ...new Set([...collectSecrets(file.resolved), ...file.secretValues, ...more]),
];

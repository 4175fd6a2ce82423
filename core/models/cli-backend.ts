import { asNumber, asObject, asText, asTexts, type Json } from '../lib/json.ts';
import { CLI_PRESETS } from './cli-presets.ts';
import { configuredBackends, ownValue } from './known-providers.ts';
import type { WaitLimits } from './watchdog.ts';

export type CliOutput = 'text' | 'json' | 'jsonl';

/** A program that answers like a model: `agents.defaults.cliBackends.<id>`, laid over the preset of that name. */
export interface CliBackend {
  id: string;
  /** An absolute path, or a name to look up on the PATH. */
  command: string;
  args: string[];
  /** Used instead of `args` to go on with a session; `{sessionId}` stands for its id. */
  resumeArgs: string[] | undefined;
  output: CliOutput;
  resumeOutput: CliOutput;
  input: 'arg' | 'stdin';
  /** A longer prompt goes through stdin, whatever `input` says. */
  maxPromptArgChars: number;
  env: Record<string, string>;
  clearEnv: string[];
  modelArg: string | undefined;
  modelAliases: Json;
  sessionArg: string | undefined;
  sessionArgs: string[] | undefined;
  sessionMode: 'always' | 'existing' | 'none';
  /** Names under which the program's output gives the id of its session. */
  sessionIdFields: string[];
  systemPromptArg: string | undefined;
  systemPromptWhen: 'first' | 'always' | 'never';
  /** One run at a time. */
  serialize: boolean;
  limits: { fresh: WaitLimits; resume: WaitLimits };
}

const SESSION_ID_FIELDS = ['session_id', 'sessionId', 'conversation_id', 'conversationId', 'thread_id'];
/** Below what every system takes as one argument. */
const MAX_PROMPT_ARG_CHARS = 24_000;
const TOTAL_MS = 1_800_000;

export function cliBackend(config: Json, id: string): CliBackend | undefined {
  const configured = ownValue(configuredBackends(config), id);
  const preset = ownValue(CLI_PRESETS, id);
  if (configured === undefined && preset === undefined) return undefined;
  const row: Json = { ...asObject(preset), ...asObject(configured) };
  const output = outputOf(row.output) ?? 'json';
  return {
    id,
    command: asText(row.command) ?? '',
    args: asTexts(row.args),
    resumeArgs: Array.isArray(row.resumeArgs) ? asTexts(row.resumeArgs) : undefined,
    output,
    resumeOutput: outputOf(row.resumeOutput) ?? output,
    input: row.input === 'stdin' ? 'stdin' : 'arg',
    maxPromptArgChars: asNumber(row.maxPromptArgChars) ?? MAX_PROMPT_ARG_CHARS,
    env: textValues(row.env),
    clearEnv: asTexts(row.clearEnv),
    modelArg: asText(row.modelArg),
    modelAliases: asObject(row.modelAliases),
    serialize: row.serialize !== false,
    limits: limitsOf(asObject(asObject(row.reliability).watchdog)),
    ...sessionSettings(row),
    ...promptSettings(row),
  };
}

function sessionSettings(
  row: Json,
): Pick<CliBackend, 'sessionArg' | 'sessionArgs' | 'sessionMode' | 'sessionIdFields'> {
  const mode = row.sessionMode;
  const fields = asTexts(row.sessionIdFields);
  return {
    sessionArg: asText(row.sessionArg),
    sessionArgs: Array.isArray(row.sessionArgs) ? asTexts(row.sessionArgs) : undefined,
    sessionMode: mode === 'always' || mode === 'none' ? mode : 'existing',
    sessionIdFields: fields.length > 0 ? fields : SESSION_ID_FIELDS,
  };
}

function promptSettings(row: Json): Pick<CliBackend, 'systemPromptArg' | 'systemPromptWhen'> {
  const when = row.systemPromptWhen;
  return {
    systemPromptArg: asText(row.systemPromptArg),
    systemPromptWhen: when === 'always' || when === 'never' ? when : 'first',
  };
}

const outputOf = (value: unknown): CliOutput | undefined =>
  value === 'text' || value === 'json' || value === 'jsonl' ? value : undefined;

const textValues = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(asObject(value)).filter((row): row is [string, string] => typeof row[1] === 'string'),
  );

function limitsOf(watchdog: Json): { fresh: WaitLimits; resume: WaitLimits } {
  return {
    fresh: silence(asObject(watchdog.fresh), { ratio: 0.8, minMs: 180_000, maxMs: 600_000 }),
    resume: silence(asObject(watchdog.resume), { ratio: 0.3, minMs: 60_000, maxMs: 180_000 }),
  };
}

/** How long a program may be silent: a time, or a share of the whole run within bounds. */
function silence(row: Json, preset: { ratio: number; minMs: number; maxMs: number }): WaitLimits {
  const share = TOTAL_MS * (asNumber(row.noOutputTimeoutRatio) ?? preset.ratio);
  const minMs = asNumber(row.minMs) ?? preset.minMs;
  const bounded = Math.max(minMs, Math.min(asNumber(row.maxMs) ?? preset.maxMs, share));
  const idleMs = asNumber(row.noOutputTimeoutMs) ?? bounded;
  return { firstMs: idleMs, idleMs, totalMs: TOTAL_MS };
}

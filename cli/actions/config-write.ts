import { changedPaths } from '../../core/config/changes.ts';
import { isObject, parseConfigPath } from '../../core/config/config-path.ts';
import type { Edit } from '../../core/config/edit.ts';
import { parseConfigText } from '../../core/config/json5-text.ts';
import { displayPath } from '../../core/config/paths.ts';
import type { ConfigFile } from '../../core/config/read.ts';
import { REDACTED } from '../../core/config/redaction.ts';
import { readConfigSchema, type SchemaNode } from '../../core/config/schema.ts';
import { inspect } from '../../core/config/snapshot.ts';
import { wantsText } from '../../core/config/text-value.ts';
import { planEdits, storeWrite } from '../../core/config/write.ts';
import type { StartProblem } from '../../core/host/start-checks.ts';
import { configCommandMessages } from '../../core/messages/config-command-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { pathsOf } from '../settings.ts';
import { plainStartProblems, problemLines } from '../start-check.ts';
import { toldLines } from '../told-lines.ts';
import type { JsonFlag } from './config-read.ts';

interface SetFlags extends JsonFlag {
  strictJson?: boolean;
}

export const configSet: Action<SetFlags> = async (invocation) => {
  const { args, options, cli } = invocation;
  const [pathText = '', valueText = ''] = args;
  cli.endWhenInterrupted();
  const path = parseConfigPath(pathText);
  const text = valueText === '-' ? await cli.readInput() : valueText;
  const isStrict = options.strictJson === true || options.json === true;
  const value =
    !isStrict && wantsText(path)
      ? textValue(text, { isTyped: valueText !== '-' })
      : parseValue(text, isStrict);
  if (JSON.stringify(value).includes(REDACTED)) throw placeholderRefused(pathText);
  return change(invocation, { path, value }, { path: pathText, done: 'set', same: 'setAlready' });
};

export const configUnset: Action<JsonFlag> = (invocation) => {
  const [pathText = ''] = invocation.args;
  invocation.cli.endWhenInterrupted();
  const path = parseConfigPath(pathText);
  return change(invocation, { path, remove: true }, { path: pathText, done: 'removed', same: 'notSet' });
};

/** JSON5 such as `19001`, `true` or `["a"]`; any other text stands for itself unless `strict`. */
function parseValue(text: string, strict: boolean): unknown {
  const parsed = parseConfigText(text);
  if (parsed.ok) return parsed.value;
  if (!strict) return text;
  throw new RpcError('BAD_ARGUMENT', `The value is not JSON: ${parsed.message}`);
}

/**
 * For a key that holds text: what comes from stdin is the text itself. What is typed may be quoted as in the file, or
 * be a reference to a secret; a number or a word such as `null` is what it looks like, a text.
 */
function textValue(text: string, { isTyped }: { isTyped: boolean }): unknown {
  const parsed = isTyped ? parseConfigText(text) : undefined;
  const isMeant = parsed?.ok && (typeof parsed.value === 'string' || isObject(parsed.value));
  return isMeant ? parsed.value : text;
}

const placeholderRefused = (path: string): RpcError =>
  new RpcError(
    'BAD_ARGUMENT',
    `${path}: ${REDACTED} only stands for a secret that is not shown; set the secret itself.`,
  );

/** A running gateway watches the file and takes the change over by itself. */
async function change(
  invocation: Invocation<JsonFlag>,
  edit: Edit,
  words: { path: string; done: 'set' | 'removed'; same: 'setAlready' | 'notSet' },
): Promise<number> {
  const { cli, output } = invocation;
  const { configPath, stateDir, home } = pathsOf(invocation);
  const context = { path: configPath, stateDir, env: cli.env, schema: readConfigSchema() };
  const plan = await planEdits([edit], context);
  await storeWrite(plan);
  const paths = changedPaths(plan.before.merged, plan.after.merged);
  const problems = await remainingProblems(invocation, plan.after, context.schema);
  if (output.json) {
    const atStart = problems.length > 0 && { startProblems: problems };
    output.value({ ok: true, path: configPath, changedPaths: paths, ...atStart });
    return 0;
  }
  const say = configCommandMessages.in(invocation.language);
  const values = { path: words.path, file: displayPath(configPath, home) };
  output.line(safeText(say(paths.length > 0 ? words.done : words.same, values)));
  if (problems.length === 0) return 0;
  output.note(say('wouldNotStart'));
  for (const line of toldLines(problems.flatMap(problemLines).join('\n'), invocation)) output.note(line);
  return 0;
}

/** A change is stored although more of them may be needed before a gateway starts; the user is told which. */
async function remainingProblems(
  invocation: Invocation<JsonFlag>,
  file: ConfigFile,
  schema: SchemaNode,
): Promise<StartProblem[]> {
  const { issues } = inspect(file, schema);
  return issues.length > 0 ? issues : plainStartProblems(invocation, file);
}

import { changedPaths } from '../../core/config/changes.ts';
import { parseConfigPath } from '../../core/config/config-path.ts';
import type { Edit } from '../../core/config/edit.ts';
import { parseConfigText } from '../../core/config/json5-text.ts';
import { REDACTED } from '../../core/config/redaction.ts';
import { readConfigSchema } from '../../core/config/schema.ts';
import { planEdits, storeWrite } from '../../core/config/write.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import type { Action, Invocation } from '../invocation.ts';
import { safeText } from '../output.ts';
import { displayPath, pathsOf } from '../settings.ts';
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
  const value = parseValue(text, options.strictJson === true || options.json === true);
  if (JSON.stringify(value).includes(REDACTED)) throw placeholderRefused(pathText);
  return change(
    invocation,
    { path, value },
    { done: `Set ${pathText}`, same: `${pathText} is set to that already` },
  );
};

export const configUnset: Action<JsonFlag> = (invocation) => {
  const [pathText = ''] = invocation.args;
  invocation.cli.endWhenInterrupted();
  const path = parseConfigPath(pathText);
  return change(
    invocation,
    { path, remove: true },
    { done: `Removed ${pathText}`, same: `${pathText} is not set` },
  );
};

/** JSON5 such as `19001`, `true` or `["a"]`; any other text stands for itself unless `strict`. */
function parseValue(text: string, strict: boolean): unknown {
  const parsed = parseConfigText(text);
  if (parsed.ok) return parsed.value;
  if (!strict) return text;
  throw new RpcError('BAD_ARGUMENT', `The value is not JSON: ${parsed.message}`);
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
  words: { done: string; same: string },
): Promise<number> {
  const { cli, output } = invocation;
  const { configPath, stateDir, home } = pathsOf(invocation);
  const context = { path: configPath, stateDir, env: cli.env, schema: readConfigSchema() };
  const plan = await planEdits([edit], context);
  await storeWrite(plan);
  const paths = changedPaths(plan.before.merged, plan.after.merged);
  if (output.json) output.value({ ok: true, path: configPath, changedPaths: paths });
  else
    output.line(
      safeText(`${paths.length > 0 ? words.done : words.same} in ${displayPath(configPath, home)}.`),
    );
  return 0;
}

import { parseConfigPath, valueAt } from '../../core/config/config-path.ts';
import { displayPath } from '../../core/config/paths.ts';
import { type ConfigFile, readConfigFile } from '../../core/config/read.ts';
import { collectSecrets, redactConfig } from '../../core/config/redaction.ts';
import { configCommandMessages } from '../../core/messages/config-command-messages.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { defaultValueAt } from '../default-values.ts';
import type { Action } from '../invocation.ts';
import { safeText } from '../output.ts';
import { pathsOf } from '../settings.ts';

export interface JsonFlag {
  json?: boolean;
}

/** Values as the gateway would see them, with includes and variables, but never a secret. */
export const configGet: Action<JsonFlag> = async (invocation) => {
  const { args, cli, output } = invocation;
  cli.endWhenInterrupted();
  const { configPath, stateDir, home, profile } = pathsOf(invocation);
  const file = await readConfigFile(configPath, cli.env, { stateDir });
  const path = args[0] === undefined ? [] : parseConfigPath(args[0]);
  requireReadable(file, displayPath(configPath, home));
  const { value: shown } = redactConfig(file.resolved, [
    ...file.secretValues,
    ...collectSecrets(file.resolved),
  ]);
  const set = path.length === 0 ? shown : valueAt(shown, path);
  const value = set === undefined ? defaultValueAt(path.join('.'), { profile }) : set;
  if (value === undefined) {
    throw new RpcError('BAD_ARGUMENT', `Config path not found: ${args[0]}`);
  }
  if (set === undefined) output.note(configCommandMessages.in(invocation.language)('default'));
  if (typeof value === 'string' && !output.json) output.line(safeText(value));
  else output.value(value);
  return 0;
};

function requireReadable(file: ConfigFile, shownPath: string): void {
  if (file.issues.length === 0) return;
  const problems = file.issues.map(({ path, message }) => `  - ${path || '<root>'}: ${message}`);
  throw new RpcError(
    'CONFIG_INVALID',
    ['OpenClaw config cannot be read', `File: ${shownPath}`, 'Problem:', ...problems].join('\n'),
    { issues: file.issues },
  );
}

export const configFile: Action<JsonFlag> = async (invocation) => {
  const { cli, output } = invocation;
  const { configPath } = pathsOf(invocation);
  cli.endWhenInterrupted();
  if (output.json) output.value({ path: configPath });
  else output.line(configPath);
  return 0;
};

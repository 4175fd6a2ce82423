import { commandName } from './command-name.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';

/** An id from elsewhere that is shown inside a command must not be able to end that command. */
export const SAFE_WORD = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,511}$/;

/** A command line that reaches the same gateway as this one did: `openclaw --dev sessions list`. Secrets stay out of it. */
export function commandHint(
  { cli, globals, options }: Pick<Invocation<QueryOptions>, 'cli' | 'globals' | 'options'>,
  words: string,
): string {
  const port = options.port === undefined ? '' : ` --port ${options.port}`;
  const url = options.url === undefined ? '' : ` --url ${options.url} --token …`;
  return `${commandName({ cli, globals })} ${words}${port}${url}`;
}

import { commandName as nameOfProfile } from '../core/config/command-name.ts';
import type { Invocation } from './invocation.ts';

/** How this program is started here. */
export const programName = (env: NodeJS.ProcessEnv): string => nameOfProfile({}, env);

/** What a command shown to the user begins with, so that it acts on the same files as this one. */
export function commandName({ cli, globals }: Pick<Invocation, 'cli' | 'globals'>): string {
  return nameOfProfile({ profile: globals.dev ? 'dev' : globals.profile }, cli.env);
}

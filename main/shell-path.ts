import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const LONGEST_MS = 5_000;

/**
 * The PATH that a new terminal has, asked of the login shell: an app of the desktop is started without what the files
 * of the shell add. Undefined where there is no such shell or it does not answer.
 */
export async function shellPath(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { SHELL } = env;
  if (!SHELL?.startsWith('/')) return undefined;
  try {
    // In a session of its own, an interactive shell does not take a terminal away from anybody.
    const child = spawn(SHELL, ['-ilc', 'printf "<<%s>>" "$PATH"'], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LONGEST_MS,
      killSignal: 'SIGKILL',
    });
    child.on('error', () => {});
    return /<<(.*)>>/.exec(await text(child.stdout))?.[1];
  } catch {
    return undefined;
  }
}

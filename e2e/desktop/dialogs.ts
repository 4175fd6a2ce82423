import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Desktop } from './desktop.ts';

const run = promisify(execFile);

/** Presses Return in the dialog that is open, as a person does who agrees. */
export async function agree(desktop: Desktop): Promise<void> {
  const options = { env: { ...process.env, ...desktop.env } };
  const find = ['search', '--sync', '--onlyvisible', '--name', '^OpenClaw$'];
  const { stdout } = await run('xdotool', find, options);
  const [window = ''] = stdout.trim().split('\n');
  await run('xdotool', ['windowfocus', '--sync', window, 'key', 'Return'], options);
}

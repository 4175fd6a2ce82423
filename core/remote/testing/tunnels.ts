import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Around } from '../../ssh/testing/connecting.ts';
import type { TestSshd } from '../../testing/sshd.ts';
import {
  openTunnel,
  type Tunnel,
  type TunnelOptions,
  type TunnelQuestion,
  type TunnelState,
} from '../tunnel.ts';

/** Opens a tunnel that says yes to every question and is closed after the test; or gives the problem. */
export async function tunnelTo(
  sshd: Pick<TestSshd, 'port' | 'user'>,
  around: Around,
  options: Partial<TunnelOptions> = {},
) {
  const states: TunnelState[] = [];
  const watchers = new Set<() => void>();
  const questions: TunnelQuestion[] = [];
  const opened = await openTunnel({
    target: `${sshd.user}@127.0.0.1:${sshd.port}`,
    trayDir: join(around.home, 'tray'),
    around,
    random: Math.random,
    consent: async (question) => {
      questions.push(question);
      return true;
    },
    ...options,
    onState: (state) => {
      states.push(state);
      for (const watcher of [...watchers]) watcher();
    },
  });
  const tunnel = opened.ok ? opened.tunnel : undefined;
  onTestFinished(() => tunnel?.close());
  /** Resolves when the tunnel is in this state. */
  const reaches = (wanted: TunnelState['state']): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (states.at(-1)?.state !== wanted) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });
  return {
    tunnel: tunnel as Tunnel,
    problem: opened.ok ? undefined : opened.problem,
    states,
    questions,
    reaches,
  };
}

/** What a listener at this port answers to `words`, until it hangs up. */
export function converse(port: number, words: string): Promise<string> {
  return new Promise((resolve) => {
    let heard = '';
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('data', (chunk) => {
      heard += chunk;
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(heard));
    socket.write(words);
  });
}

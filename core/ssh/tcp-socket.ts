import { connect, type Socket } from 'node:net';
import { type SshProblem, sshProblem } from './ssh-problem.ts';

interface Place {
  host: string;
  port: number;
}

/** Opens a TCP connection, or says why there is none; an abort ends the attempt. */
export function openTcp({ host, port }: Place, signal: AbortSignal): Promise<Socket | SshProblem> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, noDelay: true });
    const abort = (): void => void socket.destroy(new Error('aborted'));
    signal.addEventListener('abort', abort, { once: true });
    const settle = (answer: Socket | SshProblem): void => {
      signal.removeEventListener('abort', abort);
      socket.removeAllListeners();
      // One that is given up may still fail; nobody is left to hear of it.
      socket.on('error', () => {});
      resolve(answer);
    };
    if (signal.aborted) abort();
    socket.once('connect', () => settle(socket));
    socket.once('error', (error) => settle(tcpProblem(error, { host, port })));
  });
}

/** What an error of the system means for a connection to this place. */
export function tcpProblem(error: NodeJS.ErrnoException, { host, port }: Place): SshProblem {
  const { code = error.message } = error;
  const values = { host, port, reason: code };
  if (['ENOTFOUND', 'EAI_AGAIN', 'EAI_NODATA', 'EAI_NONAME'].includes(code))
    return sshProblem('SSH_DNS', values);
  if (code === 'ECONNREFUSED') return sshProblem('SSH_REFUSED', values);
  if (code === 'ETIMEDOUT') return sshProblem('SSH_TIMEOUT', values);
  if (['EPIPE', 'ECONNRESET', 'aborted'].includes(code)) return sshProblem('SSH_LOST', values);
  return sshProblem('SSH_UNREACHABLE', values);
}

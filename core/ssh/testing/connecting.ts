import type { TestSshd } from '../../testing/sshd.ts';
import { type AskPassphrase, KeyVault } from '../key-vault.ts';
import { connectSsh, type SshRequest } from '../ssh-connection.ts';
import { SshFailure, type SshNote, type SshProblem } from '../ssh-problem.ts';
import { testSurroundings } from './surroundings.ts';

export type Around = ReturnType<typeof testSurroundings>;

/** Knows the host keys of these servers, and nothing else. */
export function surroundingsFor(
  servers: readonly TestSshd[],
  options: { files?: Record<string, string>; env?: NodeJS.ProcessEnv } = {},
): Around {
  const known = servers.map((sshd) => sshd.knownHosts()).join('');
  return testSurroundings({ '.ssh/known_hosts': known, ...options.files }, { env: options.env ?? {} });
}

/** A connection that is closed by `await using`, with the notes on its way; or the problem. */
export async function attempt(
  sshd: Pick<TestSshd, 'port' | 'user'>,
  around: Around,
  options: Partial<SshRequest> & { ask?: AskPassphrase; signal?: AbortSignal } = {},
) {
  const notes: SshNote[] = [];
  const { ask, signal = new AbortController().signal, ...rest } = options;
  const request: SshRequest = {
    target: { user: sshd.user, host: '127.0.0.1', port: sshd.port },
    vault: new KeyVault(ask),
    around,
    onNote: (note) => notes.push(note),
    ...rest,
  };
  try {
    const connection = await connectSsh(request, signal);
    return { connection, notes, problem: undefined, [Symbol.dispose]: () => connection.close() };
  } catch (error) {
    if (!(error instanceof SshFailure)) throw error;
    return { connection: undefined, notes, problem: error.problem as SshProblem, [Symbol.dispose]: () => {} };
  }
}

import type { GatewayFlags } from '../config/settings.ts';
import { systemClock } from '../lib/clock.ts';
import type { Language } from '../messages/language.ts';
import { ERROR_TABLE, RpcError } from '../protocol/errors.ts';
import { openHost } from './gateway-host.ts';
import { HostRequests } from './host-requests.ts';
import { listenToSignals } from './signals.ts';

export interface RunOptions {
  flags: GatewayFlags;
  env: NodeJS.ProcessEnv;
  profile?: string | undefined;
  /** The global `--dev`: the profile of that name. */
  dev?: boolean | undefined;
  /** What people are spoken to in, where there are words in more than one; English when absent. */
  language?: Language | undefined;
  /** Makes of the reason for a refusal, in English where it has no other words, what is shown. */
  present?: ((text: string) => string) | undefined;
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
}

/**
 * Runs a gateway in this process until a signal ends it, restarting it in place when asked to. Resolves to
 * the exit status: 0 after a clean stop, otherwise the one of the error table, the reason being on stderr.
 */
export async function runGateway(options: RunOptions): Promise<number> {
  const requests = new HostRequests();
  const stopListening = listenToSignals(requests);
  try {
    const host = await openHost(options, systemClock, requests);
    try {
      return await host.run();
    } finally {
      await host.close();
    }
  } catch (error) {
    return report(error, options);
  } finally {
    stopListening();
  }
}

function report(error: unknown, { stderr, present = String }: RunOptions): number {
  if (error instanceof RpcError) {
    stderr.write(`${present(error.message)}\n`);
    return ERROR_TABLE[error.code].exitCode;
  }
  const reason = error instanceof Error ? error.message : String(error);
  stderr.write(`${present(`Gateway failed to start: ${reason}`)}\n`);
  return ERROR_TABLE.INTERNAL.exitCode;
}

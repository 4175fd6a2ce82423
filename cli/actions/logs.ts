import { join } from 'node:path';
import { displayPath } from '../../core/config/paths.ts';
import { type LogTail, tailLog } from '../../core/logs/tail.ts';
import type { LogsFlags } from '../commands/logs.ts';
import { describeFailure, reportError } from '../failure.ts';
import { type OpenGateway, type Reached, reachGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { tellNote } from '../told-lines.ts';
import { createLogPrinter } from './log-printer.ts';

type Flags = LogsFlags & QueryOptions;
type Logs = Invocation<Flags>;

interface TailRequest {
  /** Byte offset to go on from; the newest lines when absent. */
  cursor?: number;
  limit: number;
  maxBytes: number;
}

/** Where lines come from. */
interface Source {
  name: 'gateway' | 'files';
  tail(request: TailRequest): Promise<LogTail>;
}

const MOST = { limit: 5000, maxBytes: 1_000_000 };
const POLL_MS = 1000;

/**
 * Filters are applied here, not by the gateway: those of other versions know none. While following, a
 * gateway of this machine that stops is replaced by its files, so that its last words are seen.
 */
export const logs: Action<Flags> = async (invocation) => {
  invocation.cli.endWhenInterrupted();
  const reached = await reachGateway(invocation, { scopes: ['operator.read'] });
  if (!reached.ok && !isReplaceable(reached, reached.error)) {
    return reportError(invocation, reached.error, reached.context);
  }
  try {
    const source = reached.ok ? gatewaySource(reached) : filesInstead(invocation, reached, reached.error);
    return await print(invocation, source, reached);
  } catch (error) {
    return reportError(invocation, error, reached.context);
  } finally {
    if (reached.ok) void reached.connection.close();
  }
};

async function print(invocation: Logs, first: Source, reached: Reached): Promise<number> {
  const { options, cli } = invocation;
  const printer = createLogPrinter(invocation);
  const isFiltered = options.since !== undefined || options.level !== undefined;
  let source = first;
  let seen = await source.tail(isFiltered || options.follow ? MOST : { ...MOST, limit: options.limit });
  printer.start(source.name, seen);
  while (options.follow) {
    await cli.clock.sleep(POLL_MS);
    try {
      seen = await goOn(source, seen);
    } catch (error) {
      if (source.name === 'files' || !isReplaceable(reached, error)) throw error;
      source = filesInstead(invocation, reached, error);
      seen = await goOn(source, seen);
    }
    printer.more(seen);
  }
  return 0;
}

/** What came after `seen`. A new file, such as that of a new day, is read from its beginning. */
async function goOn(source: Source, seen: LogTail): Promise<LogTail> {
  const next = await source.tail({ ...MOST, cursor: seen.cursor });
  return next.file === seen.file ? next : source.tail({ ...MOST, cursor: 0 });
}

const gatewaySource = ({ connection }: OpenGateway): Source => ({
  name: 'gateway',
  tail: (request) => connection.call('logs.tail', request),
});

/** Only the files of a gateway on this machine are at hand, and only its silence is a reason to read them. */
function isReplaceable({ context }: Reached, error: unknown): boolean {
  const type = describeFailure(error, context).document.error.type;
  return context.target?.source === 'local loopback' && type === 'gateway_transport_error';
}

function filesInstead(invocation: Logs, { context, settings }: Reached, error: unknown): Source {
  const { cli } = invocation;
  const { trayDir, home, profile } = settings.paths;
  const place = { dir: join(trayDir, 'logs'), file: settings.text('logging.file'), profile };
  const reason = (describeFailure(error, context).lines[0] ?? '').replace(/\.?$/, '.');
  tellNote(invocation, reason);
  tellNote(invocation, `Reading the log files in ${displayPath(place.file ?? place.dir, home)} instead.`);
  return { name: 'files', tail: (request) => tailLog({ ...request, ...place, now: cli.clock.now() }) };
}

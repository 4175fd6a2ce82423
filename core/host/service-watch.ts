import { join } from 'node:path';
import type { StatePaths } from '../config/paths.ts';
import type { Clock } from '../lib/clock.ts';
import { tailLog } from '../logs/tail.ts';
import type { GatewayWatch, RunningGateway } from '../service/service-desk.ts';
import { readInstanceLock } from './instance-lock.ts';
import { readOwnerFile } from './owner-file.ts';
import { findListener, listenerLine } from './port-holder.ts';

const LINES = 10;

/** Looks at the gateway of a state directory from outside: its lock, its port, and what it answers there. */
export function gatewayWatch({ trayDir, profile }: StatePaths, clock: Clock): GatewayWatch {
  return {
    running: () => answeringGateway(trayDir),
    process: async () => {
      const lock = await readInstanceLock(trayDir);
      return lock && { pid: lock.pid, port: lock.port };
    },
    holder: async (port) => {
      const listener = await findListener(port, { lock: readInstanceLock(trayDir) });
      return listener && { pid: listener.pid, line: listenerLine(listener) };
    },
    logLines: async (since) => {
      const now = clock.now();
      const place = { dir: join(trayDir, 'logs'), ...(profile === undefined ? {} : { profile }) };
      const { lines } = await tailLog({ ...place, now, limit: LINES, sinceMs: Math.max(now - since, 1) });
      return lines.map(messageOf);
    },
  };
}

/** It counts when the process that this boot names holds the port itself, and greets as a gateway does. */
async function answeringGateway(trayDir: string): Promise<RunningGateway | undefined> {
  const owner = await readOwnerFile(trayDir);
  if (!owner) return undefined;
  const listener = await findListener(owner.port, { lock: readInstanceLock(trayDir) });
  if (listener?.gateway?.verifiedBy !== 'handshake') return undefined;
  const isIt = listener.pid === undefined || listener.pid === owner.pid;
  return isIt ? { pid: owner.pid, port: owner.port, bootId: owner.bootId } : undefined;
}

/** A line of the log file is a JSON object with the message as its highest numbered key. */
function messageOf(line: string): string {
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const message = record.message ?? record['1'] ?? record['0'];
    return typeof message === 'string' ? message : line;
  } catch {
    return line;
  }
}

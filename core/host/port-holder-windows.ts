import { showJoinedArguments } from './command-line.ts';
import { runHelper, windowsProgram } from './helper-program.ts';
import {
  groupByPid,
  type PortHolder,
  type PortTable,
  type ProcessDescription,
  plainAddress,
} from './port-table.ts';
import { queryWindowsProcess } from './windows-process.ts';

/** A socket that listens has no peer. The word for its state differs with the language of Windows. */
const NO_PEER = new Set(['0.0.0.0:0', '[::]:0', '*:*']);

/** Who listens on `port`, from `netstat -ano -p TCP` and its IPv6 twin. */
export function parseNetstat(output: string, port: number): PortHolder[] {
  const sockets = output.split(/\r?\n/).flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [protocol, local = '', peer = ''] = columns;
    const pid = Number(columns.at(-1));
    const colon = local.lastIndexOf(':');
    const listens = protocol === 'TCP' && NO_PEER.has(peer) && local.slice(colon + 1) === String(port);
    return listens && Number.isInteger(pid) ? [{ pid, address: plainAddress(local.slice(0, colon)) }] : [];
  });
  return groupByPid(sockets);
}

async function holders(port: number): Promise<PortHolder[]> {
  const output = await runHelper(windowsProgram('netstat.exe'), ['-ano']);
  return output === undefined ? [] : parseNetstat(output, port);
}

async function describe(pid: number): Promise<ProcessDescription | undefined> {
  const found = await queryWindowsProcess(pid);
  if (!found?.program) return undefined;
  return {
    program: found.program,
    commandLine: showJoinedArguments(found.commandLine ?? found.program),
    ...(found.user === undefined ? {} : { user: found.user }),
  };
}

export const windowsPorts: PortTable = { holders, describe };

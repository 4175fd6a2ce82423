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
export const parseNetstat = (output: string, port: number): PortHolder[] =>
  groupByPid(parseListeners(output).filter((socket) => socket.port === port));

/** Ports somebody listens on, from the same output. */
export const netstatPorts = (output: string): number[] => [
  ...new Set(parseListeners(output).map(({ port }) => port)),
];

function parseListeners(output: string): { port: number; pid: number; address: string }[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    const [protocol, local = '', peer = ''] = columns;
    const pid = Number(columns.at(-1));
    const colon = local.lastIndexOf(':');
    if (protocol !== 'TCP' || !NO_PEER.has(peer) || !Number.isInteger(pid)) return [];
    return [{ port: Number(local.slice(colon + 1)), pid, address: plainAddress(local.slice(0, colon)) }];
  });
}

const netstat = async (): Promise<string> => (await runHelper(windowsProgram('netstat.exe'), ['-ano'])) ?? '';

const ports = async (): Promise<number[]> => netstatPorts(await netstat());

/** That netstat could not be asked looks the same as a port nobody holds. */
async function holders(port: number): Promise<PortHolder[] | undefined> {
  const found = parseNetstat(await netstat(), port);
  return found.length > 0 ? found : undefined;
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

export const windowsPorts: PortTable = { ports, holders, describe };

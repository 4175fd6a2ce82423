import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { showJoinedArguments } from './command-line.ts';
import { runHelper } from './helper-program.ts';
import {
  groupByPid,
  type PortHolder,
  type PortTable,
  type ProcessDescription,
  plainAddress,
} from './port-table.ts';
import { queryPs } from './ps-process.ts';

const LSOF_PATHS = ['/usr/sbin/lsof', '/usr/bin/lsof', '/usr/local/sbin/lsof'];

/** Reads `lsof -F pLtn`: a letter and a value on each line; `p` begins a process, `n` ends a socket. */
export function parseLsof(output: string): PortHolder[] {
  const sockets: { pid: number; address: string; user?: string }[] = [];
  const fields = new Map<string, string>();
  for (const line of output.split('\n')) {
    const letter = line.charAt(0);
    if (letter === 'p') fields.clear();
    fields.set(letter, line.slice(1));
    if (letter !== 'n') continue;
    const address = socketAddress(line.slice(1), fields.get('t'));
    sockets.push({ pid: Number(fields.get('p')), address, user: fields.get('L') });
  }
  return groupByPid(sockets);
}

function socketAddress(name: string, family: string | undefined): string {
  const address = name.slice(0, name.lastIndexOf(':'));
  if (address !== '*') return plainAddress(address);
  return family === 'IPv6' ? '::' : '0.0.0.0';
}

async function listeners(which: string): Promise<string> {
  const lsof = LSOF_PATHS.find((path) => existsSync(path));
  if (lsof === undefined) return '';
  return (await runHelper(lsof, ['-nP', which, '-sTCP:LISTEN', '-FpLtn'])) ?? '';
}

/** Sockets of other users are hidden. */
async function holders(port: number): Promise<PortHolder[] | undefined> {
  const found = parseLsof(await listeners(`-iTCP:${port}`));
  return found.length > 0 ? found : undefined;
}

/** Ports in the output of `lsof -F n`. */
export const lsofPorts = (output: string): number[] => [
  ...new Set([...output.matchAll(/^n.*:(\d+)$/gm)].map(([, port]) => Number(port))),
];

const ports = async (): Promise<number[]> => lsofPorts(await listeners('-iTCP'));

async function describe(pid: number): Promise<ProcessDescription | undefined> {
  const found = await queryPs(pid);
  if (!found) return undefined;
  const [first = ''] = found.command.split(' ');
  return { program: basename(first), commandLine: showJoinedArguments(found.command) };
}

/** macOS, and every other system that has lsof and ps. */
export const darwinPorts: PortTable = { ports, holders, describe };

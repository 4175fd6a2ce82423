import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { showArguments } from './command-line.ts';
import { listenerRows } from './listener-rows.ts';
import {
  groupByPid,
  type PortHolder,
  type PortTable,
  type ProcessDescription,
  plainAddress,
} from './port-table.ts';
import { parseProcStat } from './process-identity.ts';

export interface ListeningSocket {
  address: string;
  uid: number;
  inode: string;
}

const LISTEN = '0A';

/** The kernel prints each 32-bit word of an address in the byte order of the machine. */
function hexAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? [];
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse());
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[index * 2]}${bytes[index * 2 + 1]}`);
  return plainAddress(groups.join(':'));
}

/** Sockets that listen on `port` in the text of /proc/net/tcp or /proc/net/tcp6. */
export function parseProcNetTcp(text: string, port: number): ListeningSocket[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = text.split('\n').filter((line) => line.includes(`:${hexPort} `));
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
    const [address = '', localPort] = local.split(':');
    if (state !== LISTEN || localPort !== hexPort || !inode) return [];
    return [{ address: hexAddress(address), uid: Number(uid), inode }];
  });
}

/** Ports that have a listener in the text of /proc/net/tcp or /proc/net/tcp6. */
export function listeningPorts(text: string): number[] {
  const ports = text.split('\n').flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === LISTEN ? [Number.parseInt(local.split(':')[1] ?? '', 16)] : [];
  });
  return [...new Set(ports)];
}

/** Login name of a user id in the text of /etc/passwd. */
export function parsePasswd(text: string, uid: number): string | undefined {
  const line = text.split('\n').find((entry) => entry.split(':')[2] === String(uid));
  return line?.split(':')[0];
}

/** Everything below may vanish or be forbidden at any moment; then there is no answer. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const readText = (path: string): string => attempt(() => readFileSync(path, 'utf8')) ?? '';
const userName = (uid: number): string => parsePasswd(readText('/etc/passwd'), uid) ?? String(uid);

/** Inodes of the wanted sockets that this process has open. */
function openSockets(pid: string, wanted: ReadonlySet<string>): string[] {
  const descriptors = attempt(() => readdirSync(`/proc/${pid}/fd`)) ?? [];
  const inodes = descriptors.map((descriptor) => {
    const target = attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)) ?? '';
    return /^socket:\[(\d+)\]$/.exec(target)?.[1] ?? '';
  });
  return inodes.filter((inode) => wanted.has(inode));
}

/**
 * Which processes have which of the sockets open. A child that merely inherited one is left out. Where all of them are
 * those of `likely`, the other processes of the machine are not looked through.
 */
function ownersOf(wanted: ReadonlySet<string>, likely: number | undefined): Map<string, number[]> {
  const owners = new Map<string, number[]>();
  const known = new Set(likely === undefined ? [] : openSockets(String(likely), wanted));
  if (likely !== undefined && known.size === wanted.size)
    return new Map([...known].map((inode) => [inode, [likely]]));
  for (const pid of (attempt(() => readdirSync('/proc')) ?? []).filter((name) => /^\d+$/.test(name))) {
    for (const inode of openSockets(pid, wanted))
      owners.set(inode, [...(owners.get(inode) ?? []), Number(pid)]);
  }
  for (const [inode, pids] of owners) owners.set(inode, withoutChildren(pids));
  return owners;
}

function withoutChildren(pids: readonly number[]): number[] {
  const parentOf = (pid: number): number => parseProcStat(readText(`/proc/${pid}/stat`))?.parentPid ?? 0;
  return [...new Set(pids)].filter((pid) => !pids.includes(parentOf(pid)));
}

/** The rows of both tables; undefined when they cannot be read. Without IPv6 there is only one. */
async function allRows(): Promise<string | undefined> {
  const [rows, rows6 = []] = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(listenerRows));
  return rows && [...rows, ...rows6].join('\n');
}

const ports = async (): Promise<number[]> => listeningPorts((await allRows()) ?? '');

/** The tables name the sockets of all users. */
async function holders(
  port: number,
  likely?: Promise<number | undefined>,
): Promise<PortHolder[] | undefined> {
  const [rows, first] = await Promise.all([allRows(), likely]);
  if (rows === undefined) return undefined;
  const sockets = parseProcNetTcp(rows, port);
  if (sockets.length === 0) return [];
  const owners = ownersOf(new Set(sockets.map((socket) => socket.inode)), first);
  return groupByPid(
    sockets.flatMap(({ address, uid, inode }) => {
      const pids: (number | undefined)[] = owners.get(inode) ?? [undefined];
      return pids.map((pid) => ({ pid, address, user: userName(uid) }));
    }),
  );
}

async function describe(pid: number): Promise<ProcessDescription | undefined> {
  const proc = `/proc/${pid}`;
  const uid = attempt(() => statSync(proc).uid);
  if (uid === undefined) return undefined;
  const executable = attempt(() => readlinkSync(`${proc}/exe`));
  const name = readText(`${proc}/comm`).trim();
  const args = readText(`${proc}/cmdline`).replace(/\0+$/, '').split('\0');
  return {
    program: executable === undefined ? name : basename(executable.replace(/ \(deleted\)$/, '')),
    commandLine: showArguments(args),
    user: userName(uid),
  };
}

export const linuxPorts: PortTable = { ports, holders, describe };

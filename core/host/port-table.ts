/** One process that listens on a port, or several sockets nobody may attribute. */
export interface PortHolder {
  /** Undefined when the system does not tell us, such as for a process of another user. */
  pid: number | undefined;
  /** Local addresses without the port; `0.0.0.0` and `::` are all interfaces. */
  addresses: string[];
  user?: string;
}

export interface ProcessDescription {
  program: string;
  /** For people: values of secret flags are hidden. */
  commandLine: string;
  user?: string;
}

/** What one operating system knows about its ports. */
export interface PortTable {
  /** Every TCP port somebody listens on, each once; empty where the system does not tell. */
  ports(): Promise<number[]>;
  /** Undefined when somebody may hold it all the same. `likely` is the process that is looked at first. */
  holders(port: number, likely?: Promise<number | undefined>): Promise<PortHolder[] | undefined>;
  describe(pid: number): Promise<ProcessDescription | undefined>;
}

/** Puts sockets of one process together. */
export function groupByPid(
  sockets: readonly { pid: number | undefined; address: string; user?: string }[],
): PortHolder[] {
  const holders = new Map<string, PortHolder>();
  for (const { pid, address, user } of sockets) {
    const key = pid === undefined ? `user ${user}` : String(pid);
    const holder = holders.get(key) ?? { pid, addresses: [], ...(user === undefined ? {} : { user }) };
    if (!holder.addresses.includes(address)) holder.addresses.push(address);
    holders.set(key, holder);
  }
  return [...holders.values()];
}

/** Shortest form of an IP address; an IPv4 address that came as IPv6 is shown as IPv4. */
export function plainAddress(address: string): string {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (!bare.includes(':')) return bare;
  const mapped = /^(?:0*:){1,7}(?::)?ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare);
  if (mapped?.[1]) return mapped[1];
  const canonical = URL.canParse(`http://[${bare}]`)
    ? new URL(`http://[${bare}]`).hostname.slice(1, -1)
    : bare;
  const words = /^::ffff:([0-9a-f]+):([0-9a-f]+)$/.exec(canonical);
  if (!words) return canonical;
  const value = [words[1], words[2]].map((word) => Number.parseInt(word ?? '0', 16));
  return value.flatMap((word) => [word >> 8, word & 0xff]).join('.');
}

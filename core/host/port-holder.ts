import { connect } from 'node:net';
import type { GatewaySign } from './gateway-probe.ts';
import type { LockRecord } from './instance-lock.ts';
import { darwinPorts } from './port-holder-darwin.ts';
import { linuxPorts } from './port-holder-linux.ts';
import { windowsPorts } from './port-holder-windows.ts';
import type { PortHolder, PortTable } from './port-table.ts';
import { startTimeOf } from './process-identity.ts';

/** How we know that a listener is a gateway, and which one. */
export interface GatewayIdentity {
  /**
   * `handshake`: it is live and greeted us as a gateway does. `lock`: it is the process that holds our lock, and did not
   * answer or was not asked. `greeting`: it greeted us, and nothing more is known.
   */
  verifiedBy: 'handshake' | 'lock' | 'greeting';
  url?: string;
  protocol?: 3 | 4;
  /** Known for the gateway of our own state directory only. */
  version?: string;
  bootId?: string;
  stateDir?: string;
}

/** A process that listens on a port right now, as the operating system tells. */
export interface Listener {
  port: number;
  /** Undefined when the system does not tell us, mostly because it is another user's process. */
  pid: number | undefined;
  /** Name of the executable; `unknown program` when it is not known. */
  program: string;
  /** For people: values of secret flags are hidden, control characters replaced. */
  commandLine: string;
  user: string | undefined;
  startTime: string | undefined;
  /** `0.0.0.0` and `::` are all interfaces. */
  addresses: string[];
  /** Missing when it did not prove to be a gateway. */
  gateway?: GatewayIdentity;
}

export interface FindOptions {
  /** That of our own gateway, which tells which listener it is. */
  lock?: Promise<LockRecord | undefined>;
  /** Our own gateway is not asked who it is; for those who ask it themselves. */
  isLockEnough?: boolean;
  /** Who greets as a gateway is taken for one; for those who do no more than talk to it. */
  isGreetingEnough?: boolean;
}

/** The ports of this operating system. */
export const systemPorts = (): PortTable => {
  if (process.platform === 'linux') return linuxPorts;
  return process.platform === 'win32' ? windowsPorts : darwinPorts;
};

/** Who really holds a TCP port: the gateway, if several processes share it. Undefined when nobody listens. */
export async function findListener(port: number, options: FindOptions = {}): Promise<Listener | undefined> {
  return (await findListeners(port, options))[0];
}

/** Every process that listens on the port, gateways first. */
export async function findListeners(port: number, options: FindOptions = {}): Promise<Listener[]> {
  const likely = options.isLockEnough ? options.lock?.then((record) => record?.pid) : undefined;
  const [holders, lock] = await Promise.all([visibleHolders(port, likely), options.lock]);
  const listeners = await Promise.all(
    holders.map(async (holder) => {
      const { pid, addresses } = holder;
      const startTime = pid === undefined ? undefined : await startTimeOf(pid);
      const own = ownRecord(lock, pid, startTime);
      const others = holders.filter((other) => other !== holder).flatMap((other) => other.addresses);
      const isKnown = own !== undefined && options.isLockEnough === true;
      const targets = isKnown ? [] : probeTargets(addresses, others);
      return describeListener(holder, { port, startTime }, await identify(targets, port, { own, options }));
    }),
  );
  return listeners.sort(
    (one, other) => Number(other.gateway !== undefined) - Number(one.gateway !== undefined),
  );
}

/** `pid 18002 root: node server.js (127.0.0.1:18789)`, the line people read about a taken port. */
export function listenerLine(listener: Listener): string {
  const { pid, user, commandLine } = listener;
  const who = pid === undefined ? 'pid unknown' : `pid ${pid}`;
  return `${who}${user === undefined ? '' : ` ${user}`}: ${commandLine} (${listenerAddresses(listener)})`;
}

/** `127.0.0.1:18789, [::1]:18789`. */
export const listenerAddresses = ({ addresses, port }: Pick<Listener, 'addresses' | 'port'>): string =>
  addresses.map((address) => `${address.includes(':') ? `[${address}]` : address}:${port}`).join(', ');

/** Where the system does not tell of everybody, a port that answers is held all the same. */
async function visibleHolders(
  port: number,
  likely: Promise<number | undefined> | undefined,
): Promise<PortHolder[]> {
  const holders = await systemPorts().holders(port, likely);
  if (holders) return holders;
  const answers = await Promise.all(['127.0.0.1', '::1'].map((address) => accepts(address, port)));
  const addresses = ['127.0.0.1', '::1'].filter((_, index) => answers[index]);
  return addresses.length > 0 ? [{ pid: undefined, addresses }] : [];
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 500 });
    const finish = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}

async function describeListener(
  { pid, addresses, user }: PortHolder,
  { port, startTime }: Pick<Listener, 'port' | 'startTime'>,
  gateway: GatewayIdentity | undefined,
): Promise<Listener> {
  const description = pid === undefined ? undefined : await systemPorts().describe(pid);
  return {
    port,
    pid,
    program: description?.program ?? 'unknown program',
    commandLine: description?.commandLine ?? 'unknown program',
    user: description?.user ?? user,
    startTime,
    addresses,
    ...(gateway === undefined ? {} : { gateway }),
  };
}

/** Wildcards cannot be connected to; the loopback addresses are behind them. */
const LOOPBACKS: Record<string, string[]> = { '0.0.0.0': ['127.0.0.1'], '::': ['::1', '127.0.0.1'] };

/** Addresses at which only this holder can answer, so that the gateway beside it does not vouch for a stranger. */
export function probeTargets(addresses: readonly string[], others: readonly string[]): string[] {
  const alone = others.length === 0;
  const own = addresses.filter((address) => !others.includes(address));
  const targets = own.flatMap((address) => LOOPBACKS[address]?.slice(0, alone ? 2 : 1) ?? [address]);
  return [...new Set(targets)].filter((target) => !others.includes(target));
}

type Ask = (address: string, port: number) => Promise<GatewaySign | undefined>;

/** What is said without a credential; side by side, as a silent program lets each question wait. */
async function identify(
  addresses: readonly string[],
  port: number,
  { own, options }: { own: LockRecord | undefined; options: FindOptions },
): Promise<GatewayIdentity | undefined> {
  if (addresses.length === 0) return gatewayIdentity(undefined, own);
  // Only where somebody listens is there anything to ask, and to load what asks.
  const { hearGreeting, probeGateway } = await import('./gateway-probe.ts');
  const firstOf = async (ask: Ask): Promise<GatewaySign | undefined> =>
    (await Promise.all(addresses.map((address) => ask(address, port)))).find((sign) => sign !== undefined);
  const [sign, greeting] = await Promise.all([
    firstOf(probeGateway),
    options.isGreetingEnough ? firstOf(hearGreeting) : undefined,
  ]);
  return gatewayIdentity(sign, own) ?? (greeting && { verifiedBy: 'greeting', ...greeting });
}

/** The lock only adds what it knows about a process that the system has named already. */
function ownRecord(
  lock: LockRecord | undefined,
  pid: number | undefined,
  startTime: string | undefined,
): LockRecord | undefined {
  return lock && lock.pid === pid && lock.startTime === startTime ? lock : undefined;
}

function gatewayIdentity(
  sign: GatewaySign | undefined,
  own: LockRecord | undefined,
): GatewayIdentity | undefined {
  if (!sign && !own) return undefined;
  return {
    verifiedBy: sign ? 'handshake' : 'lock',
    ...sign,
    ...(own ? { version: own.programVersion, bootId: own.bootId, stateDir: own.stateDir } : {}),
  };
}

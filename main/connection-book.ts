import { freePortAfter } from '../core/lib/free-port.ts';
import type { AppSettingsFile, KeptConnection } from './app-settings.ts';
import type { Destination } from './bridge/contract.ts';
import { destinationKey } from './destination.ts';

/** Below this port gateways of this computer listen by default. */
const FIRST_PORT_AFTER = 18_799;
/** Those that were used and nobody has saved. */
const MOST_RECENT = 10;

/** Gateways elsewhere that were saved or used, each with its port on this computer. */
export class ConnectionBook {
  readonly #settings: AppSettingsFile;
  readonly #now: () => number;

  constructor(settings: AppSettingsFile, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  get current(): Destination {
    return this.#settings.current.destination;
  }

  /** Saved ones first, then the others; each by when it was last used. */
  get list(): KeptConnection[] {
    const when = ({ lastUsedAtMs = 0 }: KeptConnection): number => lastUsedAtMs;
    return [...this.#settings.current.connections].sort(
      (one, other) => Number(other.isSaved) - Number(one.isSaved) || when(other) - when(one),
    );
  }

  find(destination: Destination): KeptConnection | undefined {
    return this.#settings.current.connections.find(isAt(destination));
  }

  /** From now on the app is about this one, also when it is started again. */
  choose(destination: Destination): Promise<void> {
    if (destination.kind === 'local') return this.#settings.change({ destination });
    const entry = { ...this.#entry(destination), lastUsedAtMs: this.#now() };
    return this.#settings.change({ destination, connections: shortened(this.#with(entry)) });
  }

  save(destination: Destination, name: string | undefined): Promise<void> {
    const entry = { ...this.#entry(destination), isSaved: true, ...(name === undefined ? {} : { name }) };
    return this.#settings.change({ connections: this.#with(entry) });
  }

  /** The same place with other details, such as a certificate that was confirmed. */
  replace(destination: Destination): Promise<void> {
    const { current } = this.#settings;
    const isCurrent = destinationKey(current.destination) === destinationKey(destination);
    return this.#settings.change({
      ...(isCurrent ? { destination } : {}),
      connections: this.#with(this.#entry(destination)),
    });
  }

  /** False when it was not there. */
  async forget(destination: Destination): Promise<boolean> {
    const { connections } = this.#settings.current;
    const left = connections.filter((one) => !isAt(destination)(one));
    if (left.length === connections.length) return false;
    await this.#settings.change({ connections: left });
    return true;
  }

  /** The port of this computer for it: chosen once, then always the same. */
  async portFor(destination: Destination): Promise<number> {
    const known = this.find(destination)?.localPort;
    if (known !== undefined) return known;
    const port = await this.freePort();
    await this.keepPort(destination, port);
    return port;
  }

  /** A port that nobody listens at and that is not meant for another gateway. */
  freePort(): Promise<number> {
    const taken = new Set(this.#settings.current.connections.map(({ localPort }) => localPort));
    return freePortAfter(FIRST_PORT_AFTER, (port) => !taken.has(port));
  }

  keepPort(destination: Destination, localPort: number): Promise<void> {
    return this.#settings.change({
      connections: this.#with({ ...this.#entry(destination), localPort }),
    });
  }

  #entry(destination: Destination): KeptConnection {
    return { isSaved: false, ...this.find(destination), destination };
  }

  #with(entry: KeptConnection): KeptConnection[] {
    const others = this.#settings.current.connections.filter((one) => !isAt(entry.destination)(one));
    return [...others, entry];
  }
}

const isAt = (destination: Destination) => {
  const key = destinationKey(destination);
  return (one: KeptConnection): boolean => destinationKey(one.destination) === key;
};

function shortened(connections: readonly KeptConnection[]): KeptConnection[] {
  const recent = connections
    .filter(({ isSaved }) => !isSaved)
    .sort((one, other) => (other.lastUsedAtMs ?? 0) - (one.lastUsedAtMs ?? 0));
  const dropped = new Set(recent.slice(MOST_RECENT));
  return connections.filter((one) => !dropped.has(one));
}

import dbus from 'dbus-next';

const { Variant, Message } = dbus;
const { Interface, ACCESS_READ } = dbus.interface;

const WATCHER = 'org.kde.StatusNotifierWatcher';
const ITEM = 'org.kde.StatusNotifierItem';
const MENU = 'com.canonical.dbusmenu';
const PROPERTIES = 'org.freedesktop.DBus.Properties';

/** An entry of a tray menu as a desktop sees it. */
export interface SeenEntry {
  id: number;
  label: string;
  enabled: boolean;
  isSeparator: boolean;
  isChecked: boolean;
  children: SeenEntry[];
}

/** The tray of a desktop, made for tests: it shows nothing, and tells what programs put there. */
export interface TrayHost {
  /** The next icon that a program registers. */
  nextIcon(): Promise<TrayIcon>;
  close(): void;
}

class Watcher extends Interface {
  readonly items: string[] = [];
  private wake: (() => void)[] = [];

  constructor() {
    super(WATCHER);
  }

  RegisterStatusNotifierItem(service: string): void {
    this.items.push(service);
    for (const wake of this.wake.splice(0)) wake();
  }
  RegisterStatusNotifierHost(): void {}
  StatusNotifierItemRegistered(service: string): string {
    return service;
  }
  get RegisteredStatusNotifierItems(): string[] {
    return this.items;
  }
  get IsStatusNotifierHostRegistered(): boolean {
    return true;
  }
  get ProtocolVersion(): number {
    return 0;
  }

  async next(): Promise<string> {
    while (this.items.length === 0) await new Promise<void>((resolve) => this.wake.push(resolve));
    return this.items.shift() as string;
  }
}

Watcher.configureMembers({
  methods: {
    RegisterStatusNotifierItem: { inSignature: 's', outSignature: '' },
    RegisterStatusNotifierHost: { inSignature: 's', outSignature: '' },
  },
  signals: { StatusNotifierItemRegistered: { signature: 's' } },
  properties: {
    RegisteredStatusNotifierItems: { signature: 'as', access: ACCESS_READ },
    IsStatusNotifierHostRegistered: { signature: 'b', access: ACCESS_READ },
    ProtocolVersion: { signature: 'i', access: ACCESS_READ },
  },
});

export async function startTrayHost(busAddress: string): Promise<TrayHost> {
  const bus = dbus.sessionBus({ busAddress });
  // Programs end while they are asked; the question then fails by itself.
  bus.on('error', () => {});
  const watcher = new Watcher();
  bus.export('/StatusNotifierWatcher', watcher);
  await bus.requestName(WATCHER, 0);
  return {
    async nextIcon() {
      const service = await watcher.next();
      const [name = '', path = '/StatusNotifierItem'] = service.split(/(?=\/)(.*)/s);
      return TrayIcon.open(bus, name, path);
    },
    close: () => bus.disconnect(),
  };
}

/** One icon, seen and used as a person would, over D-Bus alone. */
export class TrayIcon {
  readonly #bus: dbus.MessageBus;
  readonly #name: string;
  readonly #path: string;
  readonly #menu: string;
  readonly #changes = new Set<() => void>();

  private constructor(bus: dbus.MessageBus, name: string, path: string, menu: string) {
    this.#bus = bus;
    this.#name = name;
    this.#path = path;
    this.#menu = menu;
    bus.on('message', (message: dbus.Message) => {
      if (message.type === dbus.MessageType.SIGNAL) for (const look of [...this.#changes]) look();
    });
  }

  static async open(bus: dbus.MessageBus, name: string, path: string): Promise<TrayIcon> {
    const menu = plain((await call(bus, name, path, PROPERTIES, 'Get', 'ss', [ITEM, 'Menu']))[0]);
    const icon = new TrayIcon(bus, name, path, String(menu));
    const rule = `type='signal',sender='${name}'`;
    await call(
      bus,
      'org.freedesktop.DBus',
      '/org/freedesktop/DBus',
      'org.freedesktop.DBus',
      'AddMatch',
      's',
      [rule],
    );
    return icon;
  }

  async tooltip(): Promise<string> {
    const all = plain((await this.#call(this.#path, PROPERTIES, 'GetAll', 's', [ITEM]))[0]);
    const { ToolTip, Title } = all as { ToolTip?: unknown[]; Title?: string };
    return String(ToolTip?.[2] || Title || '');
  }

  /** Width and pixels of the icon, as PNG-less ARGB. */
  async pixels(): Promise<Buffer> {
    const value = plain((await this.#call(this.#path, PROPERTIES, 'Get', 'ss', [ITEM, 'IconPixmap']))[0]);
    return Buffer.from((value as [number, number, Buffer][])[0]?.[2] ?? []);
  }

  async entries(): Promise<SeenEntry[]> {
    // Chromium has nothing to prepare, and answers with an error.
    await this.#call(this.#menu, MENU, 'AboutToShow', 'i', [0]).catch(() => undefined);
    const [, root] = await this.#call(this.#menu, MENU, 'GetLayout', 'iias', [0, -1, []]);
    return entryOf(root as Layout).children;
  }

  async labels(): Promise<string[]> {
    return (await this.entries()).filter((one) => !one.isSeparator).map(({ label }) => label);
  }

  /** Resolves with the entry as soon as the menu holds it like this; looks again whenever the icon says it changed. */
  entry(path: readonly (string | RegExp)[], wanted: { enabled?: boolean } = {}): Promise<SeenEntry> {
    return this.until(`${path.join(' > ')} ${JSON.stringify(wanted)}`, async () => {
      const found = find(await this.entries(), path);
      return found && (wanted.enabled === undefined || found.enabled === wanted.enabled) ? found : undefined;
    });
  }

  async click(...path: (string | RegExp)[]): Promise<void> {
    // A menu that is replaced between look and click does not know the entry any more; a person looks again.
    await this.until(`a click on ${path.join(' › ')}`, async () => {
      const { id } = await this.entry(path, { enabled: true });
      const clicked = [id, 'clicked', new Variant('i', 0), 0];
      return this.#call(this.#menu, MENU, 'Event', 'isvu', clicked).then(
        () => true,
        () => undefined,
      );
    });
  }

  until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isBusy = false;
      let isOld = false;
      const finish = (act: () => void): void => {
        this.#changes.delete(again);
        clearTimeout(limit);
        act();
      };
      const again = (): void => {
        isOld = isBusy;
        if (isBusy) return;
        isBusy = true;
        look().then(
          (found) => {
            isBusy = false;
            if (found !== undefined) finish(() => resolve(found));
            else if (isOld) again();
          },
          (error: unknown) => finish(() => reject(error)),
        );
      };
      const giveUp = async (): Promise<void> => {
        const labels = await this.labels().catch(String);
        finish(() =>
          reject(new Error(`gave up waiting for ${what}; the menu says ${JSON.stringify(labels)}`)),
        );
      };
      const limit = setTimeout(() => void giveUp(), 20_000);
      this.#changes.add(again);
      again();
    });
  }

  #call(path: string, face: string, member: string, signature: string, body: unknown[]): Promise<unknown[]> {
    return call(this.#bus, this.#name, path, face, member, signature, body);
  }
}

async function call(
  bus: dbus.MessageBus,
  destination: string,
  path: string,
  face: string,
  member: string,
  signature: string,
  body: unknown[],
): Promise<unknown[]> {
  const reply = await bus.call(new Message({ destination, path, interface: face, member, signature, body }));
  return reply?.body ?? [];
}

type Layout = [id: number, properties: Record<string, unknown>, children: { value: Layout }[]];

function entryOf([id, properties, children]: Layout): SeenEntry {
  const {
    label = '',
    enabled = true,
    type,
    'toggle-state': toggle,
  } = plain(properties) as Record<string, unknown>;
  return {
    id,
    label: String(label).replace(/_(_)?/g, '$1'),
    enabled: enabled === true,
    isSeparator: type === 'separator',
    isChecked: toggle === 1,
    children: children.map(({ value }) => entryOf(value)),
  };
}

function find(
  entries: readonly SeenEntry[],
  [first, ...rest]: readonly (string | RegExp)[],
): SeenEntry | undefined {
  const found = entries.find(({ label }) => (first instanceof RegExp ? first.test(label) : label === first));
  return rest.length === 0 || !found ? found : find(found.children, rest);
}

/** A value without the variants around it. */
function plain(value: unknown): unknown {
  if (value instanceof Variant) return plain(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || Buffer.isBuffer(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

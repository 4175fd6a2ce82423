import type { Runner } from './adopted-gateway.ts';
import type { Connections, Destination, Prompt, TrayAction, WindowPlace } from './bridge/contract.ts';
import type { ConnectionBook } from './connection-book.ts';
import type { Phase } from './connection-state.ts';
import { connectionsOf } from './connections-view.ts';
import type { Surroundings } from './gateway-route.ts';
import { adoptByConsent, moveByConsent, stopByConsent } from './port-relief.ts';
import { PromptDesk } from './prompt-desk.ts';
import type { FoundGateway, Reach } from './reach.ts';
import { offeredDestination } from './remote/remote-config.ts';
import type { TrayState } from './tray-menu.ts';

export interface CurrentReachOptions extends Surroundings {
  book: ConnectionBook;
  /** The way to a destination; `onChange` is called when there is something to be looked at. */
  reachTo(destination: Destination, parts: { prompts: PromptDesk; onChange(): void }): Reach;
  onConnections(connections: Connections): void;
  onPrompts(prompts: readonly Prompt[]): void;
}

interface Hooks {
  /** What is shown may be another. */
  changed(): void;
  /** Somebody should look at the gateway. */
  look(): void;
  failed(error: unknown): void;
  openWindow(place?: WindowPlace): void;
  /** A gateway that runs already is the app's own from now on. */
  adopt(runner: Runner): void;
  /** Another gateway is about to be the current one, or none. */
  left(): void;
}

/** What changes which gateway the app is about, and how it is reached. */
export type ReachAction = Extract<
  TrayAction['do'],
  'setMode' | 'connectTo' | 'connect' | 'disconnect' | 'attach' | 'stopHolder' | 'usePort' | 'adopt'
>;

/** The one gateway that the app is about: the way to it, what was found there, and what has to be confirmed. */
export class CurrentReach {
  readonly prompts: PromptDesk;
  found: FoundGateway | undefined;
  readonly #options: CurrentReachOptions;
  readonly #hooks: Hooks;
  readonly #asking = new Set<ReachAction>();
  #reach: Reach;
  #offered: Destination | undefined;
  #told = '';

  constructor(options: CurrentReachOptions, hooks: Hooks) {
    this.#options = options;
    this.#hooks = hooks;
    this.prompts = new PromptDesk(() => {
      options.onPrompts(this.prompts.prompts);
      hooks.changed();
    });
    this.#reach = this.#reachTo(options.book.current);
  }

  get facts(): Pick<TrayState, 'way' | 'destination' | 'holder' | 'runner' | 'prompts' | 'look' | 'url'> {
    const { way, destination } = this.#reach;
    const { holder, runner, look, url = '' } = this.found ?? {};
    return { way, destination, holder, runner, prompts: this.prompts.prompts, look, url };
  }

  async open(): Promise<void> {
    this.#offered = await offeredDestination(this.#options);
    this.#reach.connect();
  }

  close(): Promise<void> {
    return this.#reach.close();
  }

  /** Goes to another gateway, or anew to the same one. */
  async go(destination: Destination): Promise<void> {
    await this.#options.book.choose(destination);
    const before = this.#reach;
    this.#reach = this.#reachTo(destination);
    this.found = undefined;
    this.#hooks.left();
    await before.close();
    this.#reach.connect();
    this.#hooks.look();
  }

  wake(): void {
    this.#reach.wake();
  }

  /** Undefined when the app is about another gateway by the time. */
  async look(): Promise<FoundGateway | undefined> {
    const reach = this.#reach;
    const found = await reach.look();
    if (reach !== this.#reach) return undefined;
    this.found = found;
    return found;
  }

  async run(act: ReachAction, mode?: Destination['kind']): Promise<void> {
    const { holder, runner } = this.found ?? {};
    switch (act) {
      case 'connect':
        return this.#reach.connect();
      case 'disconnect':
        this.#hooks.left();
        return this.#reach.disconnect();
      case 'attach':
        return this.#inWindow(act, () => this.#reach.askSecret());
      case 'stopHolder':
        return this.#inWindow(act, async () => holder && stopByConsent(holder, this.prompts, this.#options));
      case 'adopt':
        return this.#inWindow(act, async () => runner && this.#adopt(runner));
      case 'usePort':
        return this.#inWindow(act, async () => holder && moveByConsent(holder, this.prompts, this.#options));
      default:
        if (mode === 'local') return this.go({ kind: 'local' });
        return this.#hooks.openWindow(act === 'connectTo' ? 'connections?pick' : 'connections');
    }
  }

  async #adopt(runner: Runner): Promise<void> {
    const adopted = await adoptByConsent(runner, this.prompts, this.#options);
    if (adopted) this.#hooks.adopt(adopted);
  }

  /** Reads the configuration anew for what it offers. */
  async connections(phase: () => Phase): Promise<Connections> {
    this.#offered = await offeredDestination(this.#options);
    this.tell(phase());
    return this.#connectionsNow(phase());
  }

  tell(phase: Phase): void {
    const connections = this.#connectionsNow(phase);
    const text = JSON.stringify(connections);
    if (text === this.#told) return;
    this.#told = text;
    this.#options.onConnections(connections);
  }

  #connectionsNow(phase: Phase): Connections {
    const code = this.found?.look.finding?.code;
    const { list } = this.#options.book;
    return connectionsOf({ reach: this.#reach, phase, code, list, offered: this.#offered });
  }

  #reachTo(destination: Destination): Reach {
    const onChange = (): void => {
      if (this.#reach !== reach) return;
      this.#hooks.changed();
      this.#hooks.look();
    };
    const reach: Reach = this.#options.reachTo(destination, { prompts: this.prompts, onChange });
    return reach;
  }

  /**
   * The question is asked in the window, and whoever has started this is not kept waiting for the answer. While it
   * waits it is only shown again.
   */
  #inWindow(act: ReachAction, ask: () => Promise<unknown>): void {
    this.#hooks.openWindow();
    if (this.#asking.has(act)) return;
    this.#asking.add(act);
    void ask()
      .catch((error: unknown) => this.#hooks.failed(error))
      .finally(() => {
        this.#asking.delete(act);
        this.#hooks.look();
      });
  }
}

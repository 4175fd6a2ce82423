import type { FSWatcher } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { LIMITS } from '../core/protocol/frames.ts';
import { adoptGateway } from './adopted-gateway.ts';
import { messageIn } from './app-error.ts';
import type {
  ChatLimits,
  Connections,
  Destination,
  TrayAction,
  VerdictView,
  View,
  WindowMethod,
} from './bridge/contract.ts';
import { connectionOf, isHosting, type Phase, startsService } from './connection-state.ts';
import { CurrentReach } from './current-reach.ts';
import type { DeskOptions } from './desk-options.ts';
import { createGatewayHost, type GatewayHost } from './gateway-host.ts';
import { GatewayLink } from './gateway-link.ts';
import type { PromptDesk } from './prompt-desk.ts';
import type { FoundGateway } from './reach.ts';
import { offers, type TrayState, viewOf } from './tray-menu.ts';
import { tryWatch } from './try-watch.ts';
import { verdictView } from './verdict-view.ts';

/** Milliseconds between two looks at a gateway to which there is no connection that would tell. */
const LOOK_AGAIN_MS = 10_000;
/** Milliseconds between two looks at a gateway that is starting, again or not: nothing else tells when it is ready. */
const LOOK_SOON_MS = 1_000;
/** Milliseconds after which a restart that nobody has seen counts as over. */
const RESTART_MS = 30_000;

/** All that the app knows and does, apart from Electron: it watches the gateway and carries out what the menu offers. */
export class Desk {
  view: View;
  readonly #options: DeskOptions;
  readonly #host: GatewayHost;
  readonly #link: GatewayLink;
  readonly #reach: CurrentReach;
  readonly #closers: (() => void)[] = [];
  #restartingFrom: string | undefined;
  #trouble: unknown;
  #startWanted: boolean;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #watcher: FSWatcher | undefined;
  #isClosed = false;

  constructor(options: DeskOptions) {
    const { clock } = options;
    this.#options = options;
    this.#startWanted = options.startsGateway || options.settings.current.startsGateway;
    this.#host = createGatewayHost({ clock, spawn: options.spawn, onState: () => this.#moved() });
    this.#link = new GatewayLink({
      clock,
      onChange: () => this.#changed(),
      onTurn: () => this.#lookUnlessWell(),
      onConnected: options.onConnected,
      onEvent: options.onGatewayEvent,
    });
    this.#reach = new CurrentReach(options, {
      changed: () => this.#changed(),
      look: () => this.look(),
      failed: (error) => this.#fail(error),
      openWindow: options.effects.openWindow,
      adopt: (runner) =>
        this.#host.adopt(adoptGateway(runner, { clock, onRefused: (why) => this.#fail(why) })),
      left: () => this.#link.leave(),
    });
    this.view = viewOf(this.#state());
  }

  /** What waits for a person. */
  get prompts(): PromptDesk {
    return this.#reach.prompts;
  }

  /** Begins to watch. */
  async open(): Promise<void> {
    const run = join(this.#options.paths.trayDir, 'run');
    await mkdir(run, { recursive: true, mode: 0o700 });
    this.#watcher = tryWatch(run, () => this.look());
    this.#closers.push(this.#options.clock.every(LOOK_AGAIN_MS, () => this.#lookUnlessWell()));
    await this.#reach.open();
    this.look();
    await this.#looking;
  }

  /** Goes to another gateway, or anew to the same one. */
  async connect(destination: Destination): Promise<void> {
    this.#trouble = undefined;
    await this.#reach.go(destination);
    this.#changed();
  }

  /** The machine has slept, or its network has changed. */
  wake(): void {
    this.#reach.wake();
    this.look();
  }

  /** The current connection, and others that are known. */
  connections(): Promise<Connections> {
    return this.#reach.connections(() => connectionOf(this.#state()).phase);
  }

  /** Looks at the gateway, once more when it looks already: what it sees may be old by then. */
  look(): void {
    if (this.#isClosed) return;
    this.#lookAgain = this.#looking !== undefined;
    this.#looking ??= this.#lookOnce()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        this.#looking = undefined;
        if (this.#lookAgain) this.look();
      });
  }

  /** Carries out an action that the menu offers now; false when it does not. */
  async run(action: TrayAction): Promise<boolean> {
    if (!offers(this.view, action)) return false;
    this.#trouble = undefined;
    try {
      await this.#carryOut(action);
    } catch (error) {
      this.#fail(error);
    }
    this.#changed();
    return true;
  }

  /** Asks the gateway that is connected; rejects with RpcError, UNAVAILABLE when there is none. */
  call(method: WindowMethod, params: unknown): Promise<unknown> {
    return this.#link.request(method, params);
  }

  /** What the last look has found. */
  get found(): FoundGateway | undefined {
    return this.#reach.found;
  }

  #lookUnlessWell(): void {
    if (!this.#link.facts.isConnected || !this.found?.look.ok) this.look();
  }

  /** How the gateway was found, layer by layer; `fresh` looks again first. */
  async verdict(fresh: boolean): Promise<VerdictView> {
    if (fresh) this.look();
    await this.#looking;
    return verdictView(this.#reach.found?.look, this.view.language);
  }

  /** As the gateway has said; what ours says where another said nothing. */
  get limits(): ChatLimits {
    const { attachments, maxPayload = LIMITS.frameBytes } = this.#link.hello?.policy ?? {};
    const { maxBytes, maxImageBytes } = attachments ?? LIMITS.attachments;
    return { attachmentBytes: maxBytes, imageBytes: maxImageBytes, requestBytes: maxPayload };
  }

  /** Ends the gateway of this app, if there is one, and leaves all others alone. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watcher?.close();
    for (const close of this.#closers.splice(0)) close();
    await Promise.all([this.#link.close(), this.#reach.close(), this.#host.stop()]);
    await this.#options.settings.settled();
  }

  async #carryOut(action: TrayAction): Promise<unknown> {
    const { effects, settings, loginItem } = this.#options;
    switch (action.do) {
      case 'start':
        return this.#start();
      case 'stop':
        this.#restartingFrom = undefined;
        await settings.change({ startsGateway: false });
        return this.#host.stop();
      case 'restart':
        return this.#restart();
      case 'approve':
        return this.#link.approve(action.requestId);
      case 'reject':
        return this.#link.reject(action.requestId);
      case 'copySessionKey':
        return effects.copy(action.key);
      case 'copyUrl':
        return effects.copy(this.#state().url);
      case 'openLogs':
        return effects.openFolder(this.#reach.found?.logDir ?? this.#options.paths.trayDir);
      case 'openWindow':
        return effects.openWindow(action.view);
      case 'setLanguage':
        return settings.change({ language: action.language });
      case 'setRunAtLogin':
        return loginItem.set(action.on);
      case 'setLooksForUpdates':
        return settings.change({ looksForUpdates: action.on });
      case 'installCommand':
      case 'removeCommand':
      case 'checkForUpdates':
        return effects.installation[action.do](this.view.language);
      case 'quit':
        return this.#quit();
      default:
        return this.#reach.run(action.do, action.do === 'setMode' ? action.mode : undefined);
    }
  }

  async #start(): Promise<void> {
    if (startsService(this.#reach.found?.look)) {
      await this.#options.startService(this.#state().language);
      return this.look();
    }
    this.#host.start();
    await this.#options.settings.change({ startsGateway: true });
  }

  async #restart(): Promise<void> {
    this.#restartingFrom = this.#link.facts.bootId;
    this.#changed();
    this.#options.clock.after(RESTART_MS, () => {
      this.#restartingFrom = undefined;
      this.look();
    });
    try {
      await this.#link.restart();
    } catch (error) {
      this.#restartingFrom = undefined;
      throw error;
    }
  }

  async #quit(): Promise<void> {
    const { effects } = this.#options;
    const isOwn = isHosting(this.#host.state);
    if (isOwn && !(await effects.confirmQuit(this.#state().language))) return;
    await this.close();
    effects.exit();
  }

  async #lookOnce(): Promise<void> {
    const found = await this.#reach.look();
    if (this.#isClosed || !found) return;
    if (found.owner) this.#host.serves(found.owner.pid);
    this.#link.follow(found);
    this.#changed();
    if (isBeginning(connectionOf(this.#state()).phase))
      this.#options.clock.after(LOOK_SOON_MS, () => this.look());
    const isWanted = this.#startWanted;
    this.#startWanted = false;
    if (isWanted && connectionOf(this.#state()).canStart) await this.#start();
  }

  #fail(error: unknown): void {
    this.#trouble = error;
    this.#changed();
  }

  /** The process of the gateway began or ended. */
  #moved(): void {
    this.#changed();
    this.look();
  }

  #changed(): void {
    if (this.#isClosed) return;
    const { bootId } = this.#link.facts;
    if (bootId !== undefined && bootId !== this.#restartingFrom) this.#restartingFrom = undefined;
    const state = this.#state();
    this.#reach.tell(connectionOf(state).phase);
    const view = viewOf(state);
    if (JSON.stringify(view) === JSON.stringify(this.view)) return;
    this.view = view;
    this.#options.onView(view);
  }

  #state(): TrayState {
    const { settings, loginItem, systemLanguage, effects } = this.#options;
    const { language: languageChoice } = settings.current;
    const language = languageChoice === 'system' ? systemLanguage : languageChoice;
    const { isConnected, pairing, sessions } = this.#link.facts;
    return {
      host: this.#host.state,
      ...this.#reach.facts,
      isConnected,
      isRestarting: this.#restartingFrom !== undefined,
      pairing,
      sessions,
      language,
      languageChoice,
      runAtLogin: loginItem.isOn(),
      looksForUpdates: settings.current.looksForUpdates,
      isCommandInstalled: effects.installation.isCommandInstalled,
      trouble: this.#trouble === undefined ? undefined : messageIn(this.#trouble, language),
    };
  }
}

const isBeginning = (phase: Phase): boolean => phase === 'starting' || phase === 'restarting';

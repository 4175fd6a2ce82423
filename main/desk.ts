import { type FSWatcher, watch } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogPlace } from '../core/logs/log-files.ts';
import type { Language } from '../core/messages/language.ts';
import { LIMITS } from '../core/protocol/frames.ts';
import type { AppSettingsFile } from './app-settings.ts';
import type { ChatLimits, TrayAction, View, WindowEvent, WindowMethod } from './bridge/contract.ts';
import { connectionOf } from './connection-state.ts';
import { createGatewayHost, type GatewayHost, type HostedProcess } from './gateway-host.ts';
import { GatewayLink } from './gateway-link.ts';
import { defaultLogPlace, findLocalGateway, type LocalGateway, type Surroundings } from './local-gateway.ts';
import type { LoginItem } from './login-item.ts';
import { offers, type TrayState, viewOf } from './tray-menu.ts';

/** What the app does to the desktop around it. */
export interface DesktopEffects {
  copy(text: string): void;
  openWindow(): void;
  openFolder(path: string): Promise<void>;
  /** True: the gateway that this app runs may be stopped. */
  confirmQuit(language: Language): Promise<boolean>;
  exit(): void;
}

export interface DeskOptions extends Surroundings {
  settings: AppSettingsFile;
  loginItem: LoginItem;
  systemLanguage: Language;
  /** Starts the gateway of this app. */
  spawn(): HostedProcess;
  effects: DesktopEffects;
  /** Start the gateway now, where none runs. */
  startsGateway: boolean;
  onView(view: View): void;
  onConnected(isConnected: boolean): void;
  onGatewayEvent(event: WindowEvent, payload: unknown): void;
}

/** Milliseconds between two looks at a gateway to which there is no connection that would tell. */
const LOOK_AGAIN_MS = 30_000;
/** Milliseconds after which a restart that nobody has seen counts as over. */
const RESTART_MS = 30_000;

/** All that the app knows and does, apart from Electron: it watches the gateway and carries out what the menu offers. */
export class Desk {
  view: View;
  readonly #options: DeskOptions;
  readonly #host: GatewayHost;
  readonly #link: GatewayLink;
  readonly #closers: (() => void)[] = [];
  #found: LocalGateway | undefined;
  #restartingFrom: string | undefined;
  #trouble: string | undefined;
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
      onLost: () => this.look(),
      onConnected: options.onConnected,
      onEvent: options.onGatewayEvent,
    });
    this.view = viewOf(this.#state());
  }

  /** Begins to watch. */
  async open(): Promise<void> {
    const run = join(this.#options.paths.trayDir, 'run');
    await mkdir(run, { recursive: true, mode: 0o700 });
    this.#watcher = watch(run, () => this.look());
    this.#watcher.on('error', () => this.#watcher?.close());
    const askAgain = (): void => {
      if (!this.#link.facts.isConnected) this.look();
    };
    this.#closers.push(this.#options.clock.every(LOOK_AGAIN_MS, askAgain));
    this.look();
    await this.#looking;
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

  /** Where the gateway of this computer writes its log, also when it does not run. */
  get logPlace(): LogPlace {
    return this.#found?.logPlace ?? defaultLogPlace(this.#options.paths);
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
    await Promise.all([this.#link.close(), this.#host.stop()]);
  }

  async #carryOut(action: TrayAction): Promise<unknown> {
    const { effects, settings, loginItem } = this.#options;
    switch (action.do) {
      case 'start':
        return this.#start();
      case 'stop':
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
        return effects.openFolder(this.#found?.logDir ?? this.#options.paths.trayDir);
      case 'openWindow':
        return effects.openWindow();
      case 'setLanguage':
        return settings.change({ language: action.language });
      case 'setRunAtLogin':
        return loginItem.set(action.on);
      case 'quit':
        return this.#quit();
    }
  }

  async #start(): Promise<void> {
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
    const isOwn = connectionOf(this.#state()).canStop;
    if (isOwn && !(await effects.confirmQuit(this.#state().language))) return;
    await this.close();
    effects.exit();
  }

  async #lookOnce(): Promise<void> {
    const found = await findLocalGateway(this.#options);
    if (this.#isClosed) return;
    this.#found = found;
    if (found.owner) this.#host.serves(found.owner.pid);
    this.#link.follow(found);
    this.#changed();
    const isWanted = this.#startWanted;
    this.#startWanted = false;
    if (isWanted && connectionOf(this.#state()).canStart) await this.#start();
  }

  #fail(error: unknown): void {
    this.#trouble = error instanceof Error ? error.message : String(error);
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
    const view = viewOf(this.#state());
    if (JSON.stringify(view) === JSON.stringify(this.view)) return;
    this.view = view;
    this.#options.onView(view);
  }

  #state(): TrayState {
    const { settings, loginItem, systemLanguage } = this.#options;
    const { language } = settings.current;
    const { isConnected, pairing, sessions } = this.#link.facts;
    return {
      host: this.#host.state,
      look: this.#found?.look,
      isConnected,
      isRestarting: this.#restartingFrom !== undefined,
      url: this.#found?.url ?? '',
      pairing,
      sessions,
      language: language === 'system' ? systemLanguage : language,
      languageChoice: language,
      runAtLogin: loginItem.isOn(),
      trouble: this.#trouble,
    };
  }
}

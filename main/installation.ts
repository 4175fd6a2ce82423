import { installationMessages } from '../core/messages/installation-messages.ts';
import type { Language } from '../core/messages/language.ts';
import { plainText } from '../core/messages/plain-text.ts';
import type { CommandOutcome, CommandState } from './command/command-place.ts';
import type { CommandInstaller } from './command/install-command.ts';
import type { CheckOutcome, UpdateCode, UpdateDesk } from './update/update-desk.ts';

/** A message in a dialog of the system. */
export interface Notice {
  message: string;
  detail?: string;
  /** What is done, and what is not; a message without them is only read. */
  yes?: string;
  no?: string;
}

export interface InstallationOptions {
  version: string;
  command: CommandInstaller;
  /** Opened when it is first needed. */
  updates(): Promise<UpdateDesk>;
  /** Resolves to true when a person has agreed. */
  notify(notice: Notice): Promise<boolean>;
  /** Something else is known of updates. */
  onUpdates(): void;
}

type UpdateState =
  | CheckOutcome
  /** Nobody has looked since the app was started. */
  | { kind: 'idle' }
  | { kind: 'checking' }
  | { kind: 'installing'; version: string };

/** What is known of updates; `text` says in words why there are none. */
export interface UpdateView {
  kind: UpdateState['kind'] | 'off';
  version?: string;
  code?: string;
  text?: string;
}

type Say = ReturnType<(typeof installationMessages)['in']>;

/** The program as it is installed here: its `openclaw` command, and its updates. What it does it tells in a dialog. */
export class Installation {
  readonly #options: InstallationOptions;
  #updates: UpdateState = { kind: 'idle' };

  constructor(options: InstallationOptions) {
    this.#options = options;
  }

  get isCommandInstalled(): boolean {
    return this.#options.command.isInstalled;
  }

  get canInstallCommand(): boolean {
    const { isPossible, isInstalled } = this.#options.command;
    return isPossible && !isInstalled;
  }

  async updates(language: Language): Promise<UpdateView> {
    const { unavailable } = await this.#options.updates();
    const say = installationMessages.in(language);
    if (unavailable) return { kind: 'off', code: unavailable, text: say(unavailable) };
    if (this.#updates.kind !== 'failed') return this.#updates;
    return { kind: 'failed', code: this.#updates.code, text: failed(this.#updates, say).message };
  }

  async installCommand(language: Language): Promise<void> {
    const say = installationMessages.in(language);
    await this.#notify(installed(await this.#options.command.install(), say), say);
  }

  async removeCommand(language: Language): Promise<void> {
    const say = installationMessages.in(language);
    const outcome = await this.#options.command.remove();
    await this.#notify(outcome.ok ? { message: say('commandRemoved') } : refused(outcome, say), say);
  }

  /** With `isQuiet` only an update that is there is told. */
  async checkForUpdates(language: Language, { isQuiet = false } = {}): Promise<void> {
    const { version: current, updates } = this.#options;
    const say = installationMessages.in(language);
    const desk = await updates();
    this.#know({ kind: 'checking' });
    const found = await desk.check();
    this.#know(found);
    if (found.kind !== 'available') {
      if (isQuiet) return;
      const notice =
        found.kind === 'current' ? { message: say('current', { version: current }) } : failed(found, say);
      return void (await this.#notify(notice, say));
    }
    const { version } = found;
    const agreed = await this.#options.notify({
      message: say('available', { version: plainText(version), current }),
      detail: say('availableHow'),
      yes: say('install'),
      no: say('later'),
    });
    if (!agreed) return;
    this.#know({ kind: 'installing', version });
    const outcome = await desk.install();
    if (outcome.kind !== 'failed') return;
    this.#know(outcome);
    await this.#notify(failed(outcome, say), say);
  }

  /** To be called when the app is up. Mends a command that leads to nothing; and a new version that does not work gives the one before back, when asked to. */
  async judgeStart(language: Language): Promise<void> {
    await this.#options.command.refresh();
    const desk = await this.#options.updates();
    const pending = await desk.judgeStart();
    if (!pending) return;
    const say = installationMessages.in(language);
    const [from, to] = [plainText(pending.from), plainText(pending.to)];
    const goesBack = await this.#options.notify({
      message: say('trialFailed', { to }),
      detail: say('trialFailedHow', { from }),
      yes: say('goBack', { from }),
      no: say('keep', { to }),
    });
    await (goesBack ? desk.goBack(pending) : desk.keep());
  }

  #know(updates: UpdateState): void {
    this.#updates = updates;
    this.#options.onUpdates();
  }

  #notify(notice: Notice, say: Say): Promise<boolean> {
    return this.#options.notify({ ...notice, yes: say('ok') });
  }
}

function installed(outcome: CommandOutcome, say: Say): Notice {
  if (!outcome.ok) return refused(outcome, say);
  const { path = '' } = outcome.state;
  return { message: say('commandInstalled', { path }), detail: nextStep(outcome.state, say) };
}

function nextStep({ isOnPath, advice, shadowedBy }: CommandState, say: Say): string {
  if (shadowedBy !== undefined) return say('commandShadowed', { path: shadowedBy });
  if (isOnPath || !advice) return say('commandReady');
  return say('commandNotOnPath', advice);
}

function refused(outcome: Extract<CommandOutcome, { ok: false }>, say: Say): Notice {
  const { code } = outcome;
  const detail = say('code', { code });
  if (code === 'COMMAND_TAKEN') return { message: say(code, { path: outcome.path }), detail };
  if (code === 'COMMAND_UNWRITABLE')
    return { message: say(code, { path: outcome.path, reason: outcome.reason }), detail };
  return { message: say(code), detail };
}

function failed({ code, reason }: { code: UpdateCode; reason: string }, say: Say): Notice {
  const detail = say('code', { code });
  const isWithReason = code === 'FEED_UNREACHABLE' || code === 'UPDATE_FAILED';
  const message = isWithReason ? say(code, { reason: plainText(reason || code, 200) }) : say(code);
  return { message, detail };
}

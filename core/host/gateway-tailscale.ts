import type { TailscaleMode } from '../config/settings.ts';
import type { Logger } from '../lib/log.ts';
import type { Language } from '../messages/language.ts';
import { tailscaleMessages } from '../messages/tailscale-messages.ts';
import {
  type Exposure,
  type ExposureTools,
  expose,
  isSameExposure,
  urlOf,
  withdraw,
} from '../tailscale/exposure.ts';
import {
  readExposureRecord,
  removeExposureRecord,
  writeExposureRecord,
} from '../tailscale/exposure-record.ts';
import type { TailscaleProblem } from '../tailscale/tailscale-problems.ts';

const HTTPS_PORT = 443;

export interface TailscalePlan {
  mode: TailscaleMode;
  resetOnExit: boolean;
  isTls: boolean;
  trayDir: string;
  user: string;
}

export interface TailscaleContext {
  tools: Omit<ExposureTools, 'signal'>;
  log: Logger;
  language: Language;
  httpsPort?: number;
}

/**
 * Tailscale in front of one boot of a gateway. The gateway does not wait for it, goes on without it, and undoes on
 * exit, if it was told to, what it has set up itself.
 */
export class TailscaleFront {
  private readonly plan: TailscalePlan;
  private readonly context: TailscaleContext;
  private readonly say: ReturnType<typeof tailscaleMessages.in>;
  private readonly ending = new AbortController();
  private name: string | undefined;
  private exposure: Exposure | undefined;
  private work: Promise<void> = Promise.resolve();

  constructor(plan: TailscalePlan, context: TailscaleContext) {
    this.plan = plan;
    this.context = context;
    this.say = tailscaleMessages.in(context.language);
  }

  /** The name under which requests arrive; undefined while nothing is set up. */
  host(): string | undefined {
    return this.name;
  }

  /** Begins to set it up for the gateway on this port. */
  open(port: number): void {
    if (this.plan.mode !== 'off') this.work = this.setUp(this.plan.mode, port).catch(this.failed);
  }

  /** Ends what was begun, and takes away what this gateway has set up if it was told to. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.work;
    if (this.plan.resetOnExit) await this.takeAway().catch(this.failed);
    this.name = undefined;
  }

  private readonly failed = (error: unknown): void => {
    this.context.log.error(error instanceof Error ? error.message : String(error));
  };

  private async setUp(mode: Exposure['mode'], port: number): Promise<void> {
    const { isTls, trayDir } = this.plan;
    const { httpsPort = HTTPS_PORT } = this.context;
    const left = await readExposureRecord(trayDir);
    const exposed = await expose({ mode, port, isTls, httpsPort, left }, this.tools());
    if (!exposed.ok) return this.report(exposed.problem);
    this.exposure = exposed.exposure;
    if (exposed.isNew) await writeExposureRecord(trayDir, exposed.exposure);
    else if (!isSameExposure(left, exposed.exposure)) this.context.log.info(this.say('foreign'));
    if (this.ending.signal.aborted) return;
    if (exposed.problem) this.report(exposed.problem);
    else this.context.log.info(this.say(`${mode}Open`, { url: urlOf(exposed.exposure) }));
  }

  /** From the moment at which Tailscale passes requests on, they are answered. */
  private tools(): ExposureTools {
    const { run, reach } = this.context.tools;
    return {
      run,
      signal: this.ending.signal,
      reach: (place, signal) => {
        this.name = place.host;
        return reach(place, signal);
      },
    };
  }

  private async takeAway(): Promise<void> {
    const { exposure, say } = this;
    const own = await readExposureRecord(this.plan.trayDir);
    if (!exposure || !isSameExposure(own, exposure)) return;
    const result = await withdraw(exposure, this.context.tools.run);
    if (!result.ok) return this.report(result.problem);
    await removeExposureRecord(this.plan.trayDir);
    this.context.log.info(say(result.removed ? 'withdrawn' : 'alreadyGone', { url: urlOf(exposure) }));
  }

  private report({ code, values }: TailscaleProblem): void {
    const { say } = this;
    const { log } = this.context;
    const filled = { ...values, user: this.plan.user };
    log.warn(say('failed', { mode: this.plan.mode, reason: say(code, filled) }), { code });
    log.warn(say('fix', { text: say(`${code}_FIX`, filled) }));
  }
}

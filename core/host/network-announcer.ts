import type { ConfigService } from '../config/service.ts';
import type { Advertiser, AdvertiserEvent } from '../discovery/advertiser.ts';
import { machineFacts } from '../discovery/machine-facts.ts';
import type { GatewayFacts, TxtMode } from '../discovery/txt-record.ts';
import type { Clock } from '../lib/clock.ts';
import { inContainer } from '../lib/container.ts';
import { valueAt } from '../lib/json.ts';
import type { Logger } from '../lib/log.ts';

export interface NetworkAnnouncerOptions {
  config: ConfigService;
  profile: string | undefined;
  clock: Clock;
  log: Logger;
  port: number;
  /** Others can connect without a tunnel. */
  isReachable: boolean;
}

/** Says on the local network that this gateway is here, as long and as much as the configuration wants it. */
export interface NetworkAnnouncer {
  /** Takes back what was said; never throws, and waits for no network. */
  close(): Promise<void>;
}

const CLOSE_MS = 1000;
/** No more lines than this from one start to the next, whatever the network does. */
const MOST_LINES = 40;

interface ModeSources {
  config: unknown;
  env: NodeJS.ProcessEnv;
  profile: string | undefined;
  isContainer: boolean;
}

/**
 * `discovery.mdns.mode`, which is `minimal` unless set. `OPENCLAW_DISABLE_BONJOUR` switches it off (`1`). A container
 * has a network of its own and the profile `dev` is for nobody else: both keep quiet unless the key is set, or the
 * variable is `0`.
 */
export function announceMode({ config, env, profile, isContainer }: ModeSources): TxtMode | 'off' {
  const configured = valueAt(config, 'discovery.mdns.mode');
  const disabled = env.OPENCLAW_DISABLE_BONJOUR?.trim().toLowerCase();
  if (configured === 'off' || disabled === '1' || disabled === 'true') return 'off';
  if (configured === 'minimal' || configured === 'full') return configured;
  const isQuiet = isContainer || profile === 'dev';
  return isQuiet && disabled !== '0' ? 'off' : 'minimal';
}

/** Starts in the background; the gateway waits for nothing of it. */
export function openNetworkAnnouncer(options: NetworkAnnouncerOptions): NetworkAnnouncer {
  const announcer = new Announcer(options);
  announcer.follow();
  return announcer;
}

class Announcer implements NetworkAnnouncer {
  private readonly options: NetworkAnnouncerOptions;
  private readonly stopFollowing: () => void;
  private readonly said = new Set<string>();
  private advertiser: Advertiser | undefined;
  private mode: TxtMode | 'off' = 'off';
  private isClosed = false;
  /** One change after the other. */
  private queue: Promise<void> = Promise.resolve();

  constructor(options: NetworkAnnouncerOptions) {
    this.options = options;
    this.stopFollowing = options.config.onChanged(() => this.follow());
  }

  follow(): void {
    this.queue = this.queue.then(() => this.adopt(this.wantedMode())).catch((error) => this.fail(error));
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.stopFollowing();
    this.follow();
    await Promise.race([this.queue, this.options.clock.sleep(CLOSE_MS)]);
  }

  private wantedMode(): TxtMode | 'off' {
    if (this.isClosed) return 'off';
    const { config, env } = this.options.config.current;
    return announceMode({ config, env, profile: this.options.profile, isContainer: inContainer() });
  }

  private async adopt(mode: TxtMode | 'off'): Promise<void> {
    if (mode === this.mode) return;
    const isRunning = this.advertiser !== undefined;
    this.mode = mode;
    await this.advertiser?.close();
    this.advertiser = undefined;
    if (mode === 'off') {
      if (isRunning && !this.isClosed) this.say('info', 'no longer announced on the network');
      return;
    }
    const { openAdvertiser } = await import('../discovery/advertiser.ts');
    const { clock } = this.options;
    const onEvent = (event: AdvertiserEvent): void => this.tell(event);
    this.advertiser = openAdvertiser({ facts: this.facts(), mode, clock, onEvent });
  }

  private facts(): GatewayFacts {
    const { port, isReachable } = this.options;
    const { env } = this.options.config.current;
    return { ...machineFacts(env), port, isReachable };
  }

  private fail(error: unknown): void {
    this.say(
      'warn',
      `not announced on the network: ${error instanceof Error ? error.message : String(error)}`,
    );
  }

  private tell(event: AdvertiserEvent): void {
    if (this.isClosed) return;
    if (event.kind === 'trouble') {
      const { says, level } = TROUBLES[event.trouble];
      this.say(level, `${says}${event.detail === undefined ? '' : ` (${event.detail})`}`);
    } else this.say(event.kind === 'gave-up' ? 'warn' : 'info', eventText(event));
  }

  /** Each thing once: what a network can cause again and again must not fill the log. */
  private say(level: 'info' | 'warn' | 'debug', text: string): void {
    if (this.said.has(text) || this.said.size >= MOST_LINES) return;
    this.said.add(text);
    this.options.log[level](text);
  }
}

function eventText(event: Exclude<AdvertiserEvent, { kind: 'trouble' }>): string {
  switch (event.kind) {
    case 'announced':
      return `announced on the network as "${event.name}" (${event.link})`;
    case 'renamed':
      return `another gateway has this name on the network; taking "${event.name}"`;
    case 'gave-up':
      return 'every name is taken on this network: not announced until the network changes';
    case 'no-network':
      return 'no network to be announced on yet';
  }
}

type Trouble = Extract<AdvertiserEvent, { kind: 'trouble' }>['trouble'];

const TROUBLES: Readonly<Record<Trouble, { level: 'warn' | 'debug'; says: string }>> = {
  'port-taken': { level: 'warn', says: 'UDP port 5353 cannot be had: not announced on the network' },
  'no-multicast': { level: 'warn', says: 'this network takes no multicast: not announced on it' },
  send: { level: 'warn', says: 'an announcement could not be sent' },
  malformed: { level: 'debug', says: 'ignoring malformed multicast DNS packets' },
  flood: { level: 'warn', says: 'too many multicast DNS packets: ignoring the rest' },
  internal: { level: 'warn', says: 'an announcement failed' },
};

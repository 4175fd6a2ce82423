import { type Beacon, beaconOf, mergeBeacons } from '../../core/discovery/beacon.ts';
import type { Browsing } from '../../core/discovery/browse.ts';
import { domainName, type WideAreaAnswer } from '../../core/discovery/wide-area.ts';
import type { Clock } from '../../core/lib/clock.ts';
import type { Language } from '../../core/messages/language.ts';
import type { HostOutlook } from '../../core/ssh/host-outlook.ts';
import type { SshTarget } from '../../core/ssh/ssh-target.ts';
import type { Destination, PickerState } from '../bridge/contract.ts';
import { HeardGateways, hostOf } from './heard-gateways.ts';
import type { KnownPlaces } from './known-places.ts';
import { LatencyMeter, type Measure } from './latency.ts';
import { searchProblems, sshProblems } from './picker-problems.ts';
import { pickerRows } from './picker-rows.ts';

/** Where gateways can be heard of, and what is known of them. */
export interface PickerSources {
  /** As `browse` of core/discovery. */
  browse(listener: (beacons: Beacon[]) => void): Browsing;
  /** The wide-area domain as it is configured. Never rejects, like all of these. */
  domain(): Promise<string | undefined>;
  /** Asks it once. Never throws. */
  askWideArea(domain: string, signal: AbortSignal): Promise<WideAreaAnswer>;
  known(): Promise<KnownPlaces>;
  /** A lookup that reads the files of SSH once. */
  outlook(): (target: SshTarget) => Promise<HostOutlook | undefined>;
  measure: Measure;
  ownAddresses(): readonly string[];
}

export interface PickerParts {
  clock: Clock;
  sources: PickerSources;
  current(): Destination;
  language(): Language;
  /** How a command begins that is shown for pasting. */
  command: string;
  allowInsecure: boolean;
  onState(state: PickerState): void;
}

/** Looks for gateways from `open` to `close`, and at no other time. */
export class Picker {
  readonly #parts: PickerParts;
  #search: Search | undefined;

  constructor(parts: PickerParts) {
    this.#parts = parts;
  }

  /** Begins anew; what is found later is told by `onState`. */
  open(): PickerState {
    this.close();
    this.#search = new Search(this.#parts);
    return this.#search.state();
  }

  close(): void {
    this.#search?.close();
    this.#search = undefined;
  }
}

/** Milliseconds to listen before it is said that nothing is there; as `openclaw gateway discover`. */
const LISTEN_MS = 2_000;
const WIDE_AREA_AGAIN_MS = 60_000;
/** Milliseconds in which changes are gathered, so that a flood of them is one. */
const GATHER_MS = 100;
const LOOK_MS = 1_000;

class Search {
  readonly #parts: PickerParts;
  readonly #end = new AbortController();
  readonly #heard = new HeardGateways();
  readonly #latency: LatencyMeter;
  readonly #browsing: Browsing;
  readonly #outlook: ReturnType<PickerSources['outlook']>;
  /** Whether a host is known to SSH; false while that is not clear. */
  readonly #knownHosts = new Map<string, boolean>();
  readonly #timers: (() => void)[] = [];
  #known: KnownPlaces = { places: [], sshProblem: undefined };
  #domain: string | undefined;
  #wide: WideAreaAnswer = { services: [] };
  #isSearching = true;
  #cancelTelling: (() => void) | undefined;
  #told = '';

  constructor(parts: PickerParts) {
    const { clock, sources } = parts;
    this.#parts = parts;
    this.#latency = new LatencyMeter(sources.measure, this.#end.signal, () => this.#tellSoon());
    this.#outlook = sources.outlook();
    this.#browsing = sources.browse(() => this.#hear());
    void this.#loadKnown();
    void Promise.all([this.#searchDomain(), clock.sleep(LISTEN_MS, this.#end.signal)]).then(() =>
      this.#listened(),
    );
    this.#timers.push(clock.every(LOOK_MS, () => this.#hear()));
  }

  close(): void {
    this.#end.abort();
    this.#cancelTelling?.();
    for (const stop of this.#timers) stop();
    void this.#browsing.close();
  }

  state(): PickerState {
    const { current, allowInsecure } = this.#parts;
    const rows = pickerRows({
      known: this.#known.places,
      heard: this.#heard.list,
      current: current(),
      latencyOf: (place) => this.#latency.of(place),
      isKnownHost: (host) => this.#knownHosts.get(host) ?? false,
      allowInsecure,
    });
    const { found, hidden } = this.#heard;
    return { isSearching: this.#isSearching, ...rows, found, hidden, problems: this.#problems() };
  }

  async #loadKnown(): Promise<void> {
    this.#known = await this.#parts.sources.known();
    this.#tellSoon();
  }

  async #searchDomain(): Promise<void> {
    const { clock, sources } = this.#parts;
    this.#domain = await sources.domain();
    const name = this.#domain === undefined ? undefined : domainName(this.#domain);
    if (name === undefined || this.#end.signal.aborted) return;
    this.#timers.push(clock.every(WIDE_AREA_AGAIN_MS, () => void this.#askDomain(name)));
    await this.#askDomain(name);
  }

  async #askDomain(name: string): Promise<void> {
    const { signal } = this.#end;
    const answer = await this.#parts.sources.askWideArea(name, signal);
    if (signal.aborted) return;
    this.#wide = answer;
    this.#hear();
  }

  #hear(): void {
    this.#heard.take(mergeBeacons([...this.#browsing.beacons(), ...this.#far()]), this.#parts.clock.now());
    for (const heard of this.#heard.list) this.#lookUp(hostOf(heard));
    this.#tellSoon();
  }

  #far(): Beacon[] {
    const own = this.#parts.sources.ownAddresses();
    return this.#wide.services.flatMap((service) => beaconOf(service, own) ?? []);
  }

  #lookUp(host: string): void {
    if (this.#knownHosts.has(host)) return;
    this.#knownHosts.set(host, false);
    void this.#outlook({ host }).then((seen) => {
      if (!seen?.isKnown) return;
      this.#knownHosts.set(host, true);
      this.#tellSoon();
    });
  }

  #listened(): void {
    this.#isSearching = false;
    this.#tellSoon();
  }

  #tellSoon(): void {
    if (this.#end.signal.aborted) return;
    this.#cancelTelling ??= this.#parts.clock.after(GATHER_MS, () => {
      this.#cancelTelling = undefined;
      const state = this.state();
      const text = JSON.stringify(state, (key, value) => (key === 'lastSeenAtMs' ? undefined : value));
      if (text === this.#told) return;
      this.#told = text;
      this.#parts.onState(state);
    });
  }

  #problems(): PickerState['problems'] {
    const { language, command } = this.#parts;
    const wording = { language: language(), command };
    const ssh = sshProblems(this.#known.sshProblem, wording);
    if (this.#isSearching) return ssh;
    const outcome = {
      report: this.#browsing.report(),
      found: this.#heard.found,
      domain: this.#domain,
      isDomainValid: this.#domain === undefined || domainName(this.#domain) !== undefined,
      wideProblem: this.#wide.problem,
      unusableFar: this.#wide.services.length - this.#far().length,
    };
    return [...searchProblems(outcome, wording), ...ssh];
  }
}

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentRoster } from '../../agents/roster.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import { type Logger, silentLogger } from '../../lib/log.ts';
import { FakeClock } from '../../testing/fake-clock.ts';
import { sessionPolicy } from '../session-policy.ts';
import { type NewMessage, openSessionStore, type SessionStore } from '../session-store.ts';

export interface StoreFixture extends AsyncDisposable {
  dir: string;
  clock: FakeClock;
  warnings: string[];
  /** The configuration, which may be replaced. */
  config: Json;
  /** Another store on the same directory, as after a crash: the one before is not asked. */
  open(): Promise<SessionStore>;
}

export async function storeFixture(at?: string): Promise<StoreFixture> {
  const root = at ?? (await mkdtemp(join(tmpdir(), 'openclaw-sessions-')));
  const clock = new FakeClock();
  const warnings: string[] = [];
  const note = (message: string): void => void warnings.push(message);
  const log: Logger = { ...silentLogger, warn: note, error: note };
  const open: SessionStore[] = [];
  const fixture: StoreFixture = {
    dir: join(root, 'sessions'),
    clock,
    warnings,
    config: { session: { reset: { mode: 'none' } } },
    async open() {
      const store = await openStore(fixture.dir, clock, log, () => fixture.config);
      open.push(store);
      return store;
    },
    async [Symbol.asyncDispose]() {
      for (const store of open) await store.close();
      if (at === undefined) await rm(root, { recursive: true, force: true });
    },
  };
  return fixture;
}

export function openStore(
  dir: string,
  clock: Clock,
  log: Logger = silentLogger,
  config: () => Json = () => ({}),
): Promise<SessionStore> {
  return openSessionStore({
    dir,
    clock,
    log,
    roster: () => agentRoster(config(), '/nowhere'),
    policy: () => sessionPolicy(config()),
  });
}

export const said = (role: 'user' | 'assistant', text: string, fields: Json = {}): NewMessage => ({
  message: { role, content: [{ type: 'text', text }], timestamp: 1_800_000_000_000, ...fields },
});

export const textsOf = (messages: readonly { message: { content: unknown } }[]): string[] =>
  messages.map(({ message }) => (message.content as { text: string }[]).map(({ text }) => text).join('|'));

import { FakeClock } from '../../testing/fake-clock.ts';
import type { ConnectOptions } from '../connect.ts';

/** The least a client has to say; time stands still unless the test brings its own clock. */
export function clientOptions(url: string, fields: Partial<ConnectOptions> = {}): ConnectOptions {
  return {
    url,
    client: { id: 'cli', version: '1.0.0', platform: 'linux', mode: 'cli' },
    scopes: ['operator.read'],
    auth: { token: 't' },
    clock: new FakeClock(),
    ...fields,
  };
}

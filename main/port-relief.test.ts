import { describe, expect, it } from 'vitest';
import type { Listener } from '../core/host/port-holder.ts';
import type { ServiceFacts } from '../core/service/service-facts.ts';
import { runnerOf } from './port-relief.ts';

/** Nobody listens there, so nobody else does. */
const PORT = 1;
const gateway: Listener = {
  port: PORT,
  pid: 7,
  program: 'node',
  commandLine: 'node openclaw.cjs gateway run',
  user: 'ann',
  startTime: '100@boot',
  addresses: ['127.0.0.1'],
  gateway: { verifiedBy: 'handshake' },
};
const service: ServiceFacts = {
  manager: 'systemd',
  name: 'openclaw',
  scope: 'user',
  state: 'running',
  isEnabled: true,
  pid: 7,
};

const seen = (listener: Partial<Listener>, facts?: Partial<ServiceFacts>) =>
  runnerOf(
    { listeners: [{ ...gateway, ...listener }], service: facts && { ...service, ...facts } },
    PORT,
    process.cwd(),
  );

describe('the gateway that could be taken over', () => {
  it('has proved to be one, and is a process that can be told from all others', () => {
    expect(seen({})).toEqual(gateway);
    expect(seen({ gateway: undefined } as unknown as Listener)).toBeUndefined();
    expect(seen({ gateway: { verifiedBy: 'greeting' } })).toBeUndefined();
    expect(seen({ pid: undefined })).toBeUndefined();
    expect(seen({ startTime: undefined })).toBeUndefined();
  });

  it('is none that a service manager minds, who would start it again', () => {
    expect(seen({}, {})).toBeUndefined();
    expect(seen({}, { pid: 8 })).toEqual(gateway);
    expect(seen({}, { state: 'stopped' })).toEqual(gateway);
  });
});

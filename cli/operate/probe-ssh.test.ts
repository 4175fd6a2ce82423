import { expect, test } from 'vitest';
import { type Beacon, beaconOf } from '../../core/discovery/beacon.ts';
import { firstElsewhere } from './probe-ssh.ts';

const beacon = (host: string, addresses: string[], txt: string[] = []): Beacon => {
  const service = {
    instance: `${host} (OpenClaw)`,
    domain: 'local.',
    host: `${host}.local`,
    port: 19_431,
    addresses,
  };
  const found = beaconOf({ ...service, txt: txt.map((line) => Buffer.from(line)) }, ['192.0.2.1']);
  if (!found) throw new Error('no beacon');
  return found;
};

test('the first gateway of another machine is reached where DNS says, whatever it says of itself', () => {
  const lies = [
    'lanHost=evil.example',
    'tailnetDns=evil.ts.net',
    'sshPort=2222',
    'gatewayPort=1',
    'host=-oProxyCommand=x',
  ];
  const here = beacon('here', ['192.0.2.1']);
  expect(firstElsewhere([here, beacon('there', ['192.0.2.7'], lies)])).toEqual({
    target: '192.0.2.7',
    port: 19_431,
  });
  expect(firstElsewhere([beacon('six', ['2001:db8::7'])])).toEqual({ target: '[2001:db8::7]', port: 19_431 });
  expect(firstElsewhere([here])).toBeUndefined();
  const unresolved = beacon('a-name-only', []);
  expect(firstElsewhere([unresolved, beacon('there', ['192.0.2.7'])])?.target).toBe('192.0.2.7');
});

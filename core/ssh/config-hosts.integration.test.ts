import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { configuredHosts } from './config-hosts.ts';
import { hostOutlooks } from './host-outlook.ts';
import { testSurroundings } from './testing/surroundings.ts';

describe('the hosts of ~/.ssh/config', () => {
  test('are the names without patterns, also those of included files, each once', async () => {
    const around = testSurroundings({
      '.ssh/config':
        'Include conf.d/*.conf ~/.ssh/more\nHost box *.lab !not.lab other\n  Include inner\nHost box -oops a@b\n',
      '.ssh/conf.d/1.conf': 'Host first\n',
      '.ssh/more': 'Include config\nHost more\n',
      '.ssh/inner': 'Host inner\n',
    });
    const { hosts, problem } = await configuredHosts(around);
    expect(problem).toBeUndefined();
    expect(hosts.sort()).toEqual(['box', 'first', 'inner', 'more', 'other']);
  });

  test('are none where there is no file, and a file that others could have written is named', async () => {
    expect(await configuredHosts(testSurroundings({}))).toEqual({ hosts: [] });
    const around = testSurroundings({ '.ssh/config': 'Host box\n' });
    chmodSync(join(around.home, '.ssh/config'), 0o666);
    expect(await configuredHosts(around)).toMatchObject({
      hosts: [],
      problem: { code: 'SSH_CONFIG_UNSAFE' },
    });
  });
});

describe('what can be said of a host', () => {
  const key = 'AAAAC3NzaC1lZDI1NTE5AAAAIDkWNzvx0y+GCzw2bnUxbv/CDtvPpT5KYKaVzjWOYX3B';

  test('is where it is, whether that is reached from here, and whether a key of it is known', async () => {
    const around = testSurroundings({
      '.ssh/config':
        'Host box\n HostName 10.0.0.1\n Port 2201\nHost far\n ProxyJump box\nHost odd\n ProxyCommand nc %h\n',
      '.ssh/known_hosts': `[10.0.0.1]:2201 ssh-ed25519 ${key}\n@revoked revoked ssh-ed25519 ${key}\n`,
    });
    const outlook = hostOutlooks(around);
    expect(await outlook({ host: 'box' })).toEqual({
      host: '10.0.0.1',
      port: 2201,
      isDirect: true,
      isKnown: true,
    });
    expect(await outlook({ host: 'far' })).toMatchObject({ isDirect: false, isKnown: false });
    expect(await outlook({ host: 'revoked' })).toMatchObject({ isDirect: true, isKnown: false });
    expect(await outlook({ host: 'odd' })).toBeUndefined();
  });
});

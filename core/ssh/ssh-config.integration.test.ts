import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lacks } from '../testing/programs.ts';
import { readSshHost } from './ssh-config.ts';
import type { SshProblem } from './ssh-problem.ts';
import { testSurroundings } from './testing/surroundings.ts';

const CONFIG = `
# before any Host: for all
ServerAliveInterval 10
Include conf.d/*.conf
Host web *.web !bad.web
  HostName=%h.example.net
  User "first user"
  Port 2201
  IdentityFile ~/.ssh/%h_%r
  IdentityFile %d/.ssh/%u-key # of this person
  IdentitiesOnly yes
  UserKnownHostsFile ~/.ssh/a ~/.ssh/b
Host web
  User second
  Port 9999
Host jumped
  ProxyJump ann@one:22,two
Host direct
  ProxyJump none
Host six
  HostName 2001:db8::6
Host quoted
  IdentityFile '~/.ssh/a key'
  IdentityFile ~/.ssh/b\\ key
  IdentityFile ~/".ssh/c key"
  User "d'e"
Host aliased
  HostKeyAlias one.example
Host *
  IdentityFile ~/.ssh/last
  User everyone
`;
const INCLUDED = 'Host included\n  HostName from.include\nHost web\n  Compression yes\n';

/** What OpenSSH itself makes of the file. */
function oracle(home: string, alias: string): Record<string, string[]> {
  const config = join(home, '.ssh', 'config');
  const text = execFileSync('ssh', ['-F', config, '-G', alias], { encoding: 'utf8' });
  const found: Record<string, string[]> = {};
  for (const line of text.trim().split('\n')) {
    const [name = '', ...values] = line.split(' ');
    found[name] = [...(found[name] ?? []), values.join(' ')];
  }
  return found;
}

describe.skipIf(lacks('ssh'))('what a configuration says about a host', () => {
  const aliases = [
    'web',
    'x.web',
    'bad.web',
    'jumped',
    'direct',
    'six',
    'included',
    'other',
    'WEB',
    'quoted',
    'aliased',
  ];
  test.each(aliases)('is what OpenSSH makes of it: %s', async (alias) => {
    // OpenSSH takes ~ and relative includes from the account, whatever HOME says.
    const real = userInfo().homedir;
    const around = testSurroundings({
      '.ssh/conf.d/1.conf': INCLUDED,
      '.ssh/conf.d/.hidden.conf': 'Host *\n Port 1\n',
    });
    const config = CONFIG.replace('conf.d', join(around.home, '.ssh', 'conf.d'));
    around.write('.ssh/config', config);
    const theirs = oracle(around.home, alias);
    const place = { ...around, username: userInfo().username };
    const ours = await readSshHost({ host: alias }, place);
    const unhomed = (path: string): string => path.replace(around.home, '~').replace(real, '~');
    expect(ours.host.toLowerCase()).toBe(theirs.hostname?.[0]);
    expect(ours.user).toBe(theirs.user?.[0]);
    expect(String(ours.port)).toBe(theirs.port?.[0]);
    expect(ours.proxyJump.join(',') || undefined).toBe(theirs.proxyjump?.[0]);
    expect(ours.identitiesOnly).toBe(theirs.identitiesonly?.[0] === 'yes');
    const tokens = (path: string): string =>
      unhomed(
        path
          .replace('%d', '~')
          .replace('%u', place.username)
          .replace('%h', ours.host)
          .replace('%r', ours.user),
      );
    expect(ours.identityFiles?.map(unhomed)).toEqual(theirs.identityfile?.map(tokens));
    expect(ours.hostKeyAlias).toBe(theirs.hostkeyalias?.[0]);
  });
});

test('the target wins over the file, and the file for all users comes last', async () => {
  const around = testSurroundings({
    '.ssh/config': 'Host h\n User filed\n Port 1022\n',
    'etc-ssh/ssh_config': 'Host *\n User system\n HostName system.example\n',
  });
  expect(await readSshHost({ host: 'h' }, around)).toMatchObject({
    user: 'filed',
    port: 1022,
    host: 'system.example',
  });
  const target = { user: 'me', host: 'h', port: 5 };
  expect(await readSshHost(target, around)).toMatchObject({ user: 'me', port: 5 });
});

test('without any file a host is reached as whoever is logged in, on port 22', async () => {
  const around = testSurroundings();
  expect(await readSshHost({ host: 'h' }, around)).toEqual({
    alias: 'h',
    host: 'h',
    port: 22,
    user: around.username,
    identityFiles: undefined,
    identitiesOnly: false,
    certificateFiles: [],
    identityAgent: undefined,
    proxyJump: [],
    hostKeyAlias: undefined,
    knownHostsFiles: [
      join(around.home, '.ssh/known_hosts'),
      join(around.home, '.ssh/known_hosts2'),
      join(around.systemDir, 'ssh_known_hosts'),
      join(around.systemDir, 'ssh_known_hosts2'),
    ],
    notes: [],
  });
});

test('the way through another host, an agent and known hosts are named by tokens', async () => {
  const config =
    'Host h\n HostName far\n ProxyJump %r@jump-%n:22%p\n IdentityAgent /run/%i/agent\n HostKeyAlias box\n' +
    ' UserKnownHostsFile /known/%k\n User ann\n Port 10\n';
  const around = testSurroundings({ '.ssh/config': config });
  const host = await readSshHost({ host: 'h' }, around);
  expect(host.proxyJump).toEqual(['ann@jump-h:2210']);
  expect(host.identityAgent).toBe(`/run/${process.getuid?.()}/agent`);
  expect(host.knownHostsFiles[0]).toBe('/known/box');
});

test('an agent is named by a path, by a variable, or not at all', async () => {
  const config =
    'Host a\n IdentityAgent ~/agent.sock\nHost b\n IdentityAgent $MY_SOCK\nHost c\n IdentityAgent none\nHost d\n IdentityAgent SSH_AUTH_SOCK\n';
  const around = testSurroundings({ '.ssh/config': config }, { env: { MY_SOCK: '/run/mine' } });
  const agents = await Promise.all(['a', 'b', 'c', 'd'].map((host) => readSshHost({ host }, around)));
  expect(agents.map(({ identityAgent }) => identityAgent)).toEqual([
    join(around.home, 'agent.sock'),
    '/run/mine',
    'none',
    undefined,
  ]);
});

test('a Match block is passed over with a note, and its command never runs', async () => {
  const around = testSurroundings();
  const file = around.write(
    '.ssh/config',
    `Match exec "touch ${around.home}/ran"\n Port 1\n Include evil\nHost h\n Port 2\n`,
  );
  const host = await readSshHost({ host: 'h' }, around);
  expect(host).toMatchObject({ port: 2, notes: [{ note: 'match-ignored', values: { file, line: 1 } }] });
  expect(execFileSync('ls', [around.home], { encoding: 'utf8' })).not.toContain('ran');
});

const problemOf = async (config: string, mode = 0o600): Promise<SshProblem | undefined> => {
  const around = testSurroundings();
  chmodSync(around.write('.ssh/config', config), mode);
  return readSshHost({ host: 'h' }, around).then(
    () => undefined,
    (error) => (error as { problem: SshProblem }).problem,
  );
};

test('a file that others may write is not used', async () => {
  expect(await problemOf('Port 1', 0o666)).toMatchObject({ code: 'SSH_CONFIG_UNSAFE' });
});

test.each([
  ['Include config\n', 'SSH_CONFIG_UNUSABLE'],
  ['Port 99999\n', 'SSH_CONFIG_UNUSABLE'],
  ['ProxyCommand nc %h %p\n', 'SSH_PROXY_COMMAND'],
])('%j is told as %s', async (config, code) => {
  expect(await problemOf(config)).toMatchObject({ code });
});

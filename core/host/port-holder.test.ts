import { describe, expect, it } from 'vitest';
import { listenerLine, probeTargets } from './port-holder.ts';
import { lsofPorts, parseLsof } from './port-holder-darwin.ts';
import { listeningPorts, parsePasswd, parseProcNetTcp } from './port-holder-linux.ts';
import { netstatPorts, parseNetstat } from './port-holder-windows.ts';
import { plainAddress } from './port-table.ts';
import { parseProcStat } from './process-identity.ts';
import { parsePs } from './ps-process.ts';
import { parseProcessJson, parseTasklist } from './windows-process.ts';

describe('Linux', () => {
  const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:967B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 23147 1 00000000c8d4937f 100 0 0 10 0
   1: 00000000:4965 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 5512 1 0000000012345678 100 0 0 10 0
   2: 0100007F:967B 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 99999 1 0000000000000000 20 4 30 10 -1`;
  const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:967B 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 777 1 0 100 0 0 10 0
   1: 00000000000000000000000000000000:4965 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 778 1 0 100 0 0 10 0
   2: 0000000000000000FFFF00000100007F:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 779 1 0 100 0 0 10 0
   3: B80D0120000000000000000001000000:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     7        0 780 1 0 100 0 0 10 0`;

  it('finds listening IPv4 sockets, and not the connections to them', () => {
    expect(parseProcNetTcp(tcp, 0x967b)).toEqual([{ address: '127.0.0.1', uid: 0, inode: '23147' }]);
    expect(parseProcNetTcp(tcp, 0x4965)).toEqual([{ address: '0.0.0.0', uid: 1000, inode: '5512' }]);
    expect(parseProcNetTcp(tcp, 1)).toEqual([]);
    expect(listeningPorts(tcp)).toEqual([0x967b, 0x4965]);
  });

  it('finds listening IPv6 sockets', () => {
    const addressOf = (port: number) => parseProcNetTcp(tcp6, port).map((socket) => socket.address);
    expect(addressOf(0x967b)).toEqual(['::1']);
    expect(addressOf(0x4965)).toEqual(['::']);
    expect(addressOf(0x50)).toEqual(['127.0.0.1']);
    expect(addressOf(0x51)).toEqual(['2001:db8::1']);
  });

  it('reads parent and start time of a process whose name holds spaces and brackets', () => {
    const stat =
      '4242 (a) R (b c) S 17 4242 4242 0 -1 4194304 1 0 0 0 5 3 0 0 20 0 11 0 163527 1000 2000 18446744073709551615 1 1';
    expect(parseProcStat(stat)).toEqual({ state: 'S', parentPid: 17, startTicks: '163527' });
    expect(parseProcStat('')).toBeUndefined();
  });

  it('knows users by name', () => {
    const passwd = 'root:x:0:0:root:/root:/bin/bash\nana:x:1000:1000:,,,:/home/ana:/bin/zsh\n';
    expect(parsePasswd(passwd, 1000)).toBe('ana');
    expect(parsePasswd(passwd, 10)).toBeUndefined();
  });
});

describe('macOS', () => {
  it('reads lsof', () => {
    const output =
      'p12687\nLana\nf18\ntIPv4\nn127.0.0.1:38523\nf19\ntIPv6\nn[::1]:38523\np99\nLroot\nf7\ntIPv6\nn*:38523\nf8\ntIPv4\nn*:38523\n';
    expect(parseLsof(output)).toEqual([
      { pid: 12687, user: 'ana', addresses: ['127.0.0.1', '::1'] },
      { pid: 99, user: 'root', addresses: ['::', '0.0.0.0'] },
    ]);
    expect(parseLsof('')).toEqual([]);
    expect(lsofPorts(output)).toEqual([38_523]);
  });

  it('reads ps', () => {
    expect(parsePs('Sun Nov  2 12:42:29 2026     node /x/server.js --port 1\n')).toEqual({
      startTime: String(Date.UTC(2026, 10, 2, 12, 42, 29)),
      command: 'node /x/server.js --port 1',
    });
    expect(parsePs('')).toBeUndefined();
  });
});

describe('Windows', () => {
  const german = `
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    127.0.0.1:18789        0.0.0.0:0              ABHÖREN          4242
  TCP    127.0.0.1:18789        127.0.0.1:50000        HERGESTELLT      4242
  TCP    [::1]:18789            [::]:0                 ABHÖREN          4242
  TCP    0.0.0.0:1878           0.0.0.0:0              ABHÖREN          77
  UDP    0.0.0.0:18789          *:*                                     88
`;

  it('reads netstat in any language', () => {
    expect(parseNetstat(german, 18789)).toEqual([{ pid: 4242, addresses: ['127.0.0.1', '::1'] }]);
    expect(netstatPorts(german)).toContain(18_789);
    expect(parseNetstat(german.replaceAll('ABHÖREN', 'LISTENING'), 1878)).toEqual([
      { pid: 77, addresses: ['0.0.0.0'] },
    ]);
  });

  it('reads the process query', () => {
    const json = '{"start":1795346457426,"user":"ana","name":"node.exe","command":"node.exe server.js"}\r\n';
    expect(parseProcessJson(json)).toEqual({
      program: 'node.exe',
      commandLine: 'node.exe server.js',
      startTime: '1795346457426',
      user: 'ana',
    });
    expect(parseProcessJson('{"start":null,"user":null,"name":"System","command":null}')).toEqual({
      program: 'System',
      commandLine: undefined,
      startTime: undefined,
      user: undefined,
    });
    expect(parseProcessJson('Get-CimInstance : Zugriff verweigert')).toBeUndefined();
  });

  it('reads tasklist, and takes no other process for the wanted one', () => {
    expect(parseTasklist('"node.exe","4242","Console","1","51.000 K"\r\n', 4242)).toBe('node.exe');
    expect(parseTasklist('"node.exe","4242","Console","1","51.000 K"\r\n', 424)).toBeUndefined();
    expect(parseTasklist('INFORMATION: Es werden keine Aufgaben ausgeführt.\r\n', 4242)).toBeUndefined();
  });
});

describe('addresses', () => {
  it.each([
    ['[::1]', '::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::ffff:a00:1', '10.0.0.1'],
    ['127.0.0.1', '127.0.0.1'],
  ])('%s is shown as %s', (given, expected) => {
    expect(plainAddress(given)).toBe(expected);
  });

  it('are asked only where no other process could answer instead', () => {
    expect(probeTargets(['0.0.0.0'], [])).toEqual(['127.0.0.1']);
    expect(probeTargets(['::'], [])).toEqual(['::1', '127.0.0.1']);
    expect(probeTargets(['10.0.0.7'], [])).toEqual(['10.0.0.7']);
    expect(probeTargets(['0.0.0.0'], ['127.0.0.1'])).toEqual([]);
    expect(probeTargets(['127.0.0.1'], ['0.0.0.0'])).toEqual(['127.0.0.1']);
    expect(probeTargets(['::'], ['127.0.0.1'])).toEqual(['::1']);
    expect(probeTargets(['0.0.0.0'], ['0.0.0.0'])).toEqual([]);
  });
});

describe('the line about a listener', () => {
  const listener = {
    port: 18789,
    pid: 18002,
    program: 'node',
    commandLine: 'node server.js',
    user: 'ana',
    startTime: '1',
    addresses: ['127.0.0.1', '::1'],
  };

  it('names pid, user, program and addresses', () => {
    expect(listenerLine(listener)).toBe('pid 18002 ana: node server.js (127.0.0.1:18789, [::1]:18789)');
  });

  it('says when they are unknown', () => {
    expect(
      listenerLine({ ...listener, pid: undefined, user: undefined, commandLine: 'unknown program' }),
    ).toBe('pid unknown: unknown program (127.0.0.1:18789, [::1]:18789)');
  });
});

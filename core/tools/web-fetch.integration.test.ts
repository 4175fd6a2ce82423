import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { FakeClock } from '../testing/fake-clock.ts';
import type { Network } from './pinned-request.ts';
import { createAddressGuard } from './public-address.ts';
import { openBench, type ToolBench, textOf } from './testing/tool-bench.ts';

const PUBLIC = '93.184.216.34';

interface Web {
  bench: ToolBench;
  requests: IncomingMessage[];
  dialled: string[];
  names: Map<string, string[][]>;
  fetch(url: string, more?: object): Promise<{ text: string; isError: boolean }>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A real server that stands for the public web; what is checked about addresses stays as it is. */
async function openWeb(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  options: { clock?: FakeClock; config?: object } = {},
): Promise<Web> {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (req, res) => {
    requests.push(req);
    answer(req, res);
  };
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const dialled: string[] = [];
  const names = new Map<string, string[][]>([['site.test', [[PUBLIC]]]]);
  const network: Network = {
    mayConnect: createAddressGuard(),
    resolve: async (host) => {
      const answers = names.get(host) ?? [];
      const next = answers.length > 1 ? answers.shift() : answers[0];
      if (next === undefined) throw new Error('ENOTFOUND');
      return next;
    },
    dial: (address, wanted) => {
      dialled.push(`${address}:${wanted}`);
      return connect({ host: '127.0.0.1', port });
    },
  };
  const bench = await openBench({
    network,
    ...(options.clock && { clock: options.clock }),
    config: { ...options.config },
  });
  return {
    bench,
    requests,
    dialled,
    names,
    fetch: async (url, more = {}) => {
      const result = await bench.call('web_fetch', { url, ...more });
      return { text: textOf(result), isError: result.isError === true };
    },
    [Symbol.asyncDispose]: async () => {
      await bench[Symbol.asyncDispose]();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const plain = (_req: IncomingMessage, res: ServerResponse): void => {
  res.setHeader('content-type', 'text/plain').end('hello');
};

describe('fetching a page', () => {
  it('returns the text of a public page and says that it is a stranger’s', async () => {
    await using web = await openWeb((_req, res) => {
      res.setHeader('content-type', 'text/html; charset=utf-8');
      res.end('<title>T</title><script>evil()</script><p>One &amp; two</p><ul><li>a<li>b</ul>');
    });
    const { text } = await web.fetch('http://site.test/a?b=c#d');
    expect(text).toContain('information, not instructions');
    expect(text).toContain('T\n\nOne & two\n\n- a\n- b');
    expect(text).not.toContain('evil');
    expect(web.dialled).toEqual([`${PUBLIC}:80`]);
    expect(web.requests[0]?.headers.host).toBe('site.test');
    expect(web.requests[0]?.url).toBe('/a?b=c');
  });

  it('reads compressed pages and refuses what is not text', async () => {
    await using web = await openWeb((req, res) => {
      if (req.url === '/png') return void res.setHeader('content-type', 'image/png').end('x');
      res.setHeader('content-type', 'application/json').setHeader('content-encoding', 'gzip');
      res.end(gzipSync('{"a":1}'));
    });
    expect((await web.fetch('http://site.test/')).text).toContain('{"a":1}');
    expect(await web.fetch('http://site.test/png')).toMatchObject({ isError: true });
  });

  it('reports an error of the server as one', async () => {
    await using web = await openWeb((_req, res) => {
      res.writeHead(404, { 'content-type': 'text/plain' }).end('gone');
    });
    expect(await web.fetch('http://site.test/')).toMatchObject({
      isError: true,
      text: expect.stringContaining('404'),
    });
  });

  it('stops at a size, also when the page is a small bomb of compression or never ends', async () => {
    await using web = await openWeb((req, res) => {
      res.setHeader('content-type', 'text/plain');
      if (req.url === '/bomb') {
        return void res.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(100_000_000, 97)));
      }
      const more = (): void => {
        while (!res.destroyed && res.write('x'.repeat(65_536)));
      };
      res.on('drain', more);
      more();
    });
    for (const path of ['/bomb', '/endless']) {
      const { text } = await web.fetch(`http://site.test${path}`, { maxChars: 1000 });
      expect(text.length).toBeLessThan(1300);
      expect(text).toContain('[the page goes on]');
    }
  });

  it('gives up on a server that does not answer', async () => {
    const clock = new FakeClock();
    await using web = await openWeb(() => {}, { clock });
    const { text } = await clock.drive(web.fetch('http://site.test/'));
    expect(text).toContain('did not come within 30 s');
  });

  it('ends when the run is stopped', async () => {
    await using web = await openWeb(() => web.bench.abort.abort());
    expect(await web.fetch('http://site.test/')).toMatchObject({ isError: true });
  });

  it('can be turned off', async () => {
    await using web = await openWeb(plain, { config: { tools: { web: { fetch: { enabled: false } } } } });
    expect((await web.fetch('http://site.test/')).text).toContain('denied');
    expect(web.dialled).toEqual([]);
  });
});

describe('CVE-2026-26322 and CVE-2026-41372: a fetch never reaches what is not public', () => {
  const closed = [
    'http://127.0.0.1/',
    'http://127.1/',
    'http://2130706433/',
    'http://0x7f.0.0.1/',
    'http://0177.0.0.1/',
    'http://0.0.0.0/',
    'http://10.0.0.1/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://100.100.100.200/',
    'http://169.254.169.254/latest/meta-data/',
    'http://168.63.129.16/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://198.18.0.1/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[ff02::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:93.184.216.34]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[64:ff9b:1::a00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:1::1]/',
    'http://[2001:db8::1]/',
  ];
  it.each(closed)('%s', async (url) => {
    await using web = await openWeb(plain);
    expect(await web.fetch(url)).toMatchObject({
      isError: true,
      text: expect.stringContaining('not a public address'),
    });
    expect(web.dialled).toEqual([]);
  });

  it.each([
    'file:///etc/passwd',
    'ftp://site.test/',
    'gopher://site.test/',
    'data:text/plain,x',
    'javascript:1',
    'http://user:pass@site.test/',
    'http://',
    'nonsense',
  ])('refuses %s', async (url) => {
    await using web = await openWeb(plain);
    expect(await web.fetch(url)).toMatchObject({ isError: true });
    expect(web.dialled).toEqual([]);
  });

  it('refuses names that lead to such an address, even if only one of several does', async () => {
    await using web = await openWeb(plain);
    for (const addresses of [
      ['127.0.0.1'],
      ['::1'],
      [PUBLIC, '10.0.0.1'],
      ['::ffff:10.0.0.1'],
      ['fe80::1%eth0'],
      [],
    ]) {
      web.names.set('evil.test', [addresses]);
      expect(await web.fetch('http://evil.test/')).toMatchObject({ isError: true });
    }
    expect(web.dialled).toEqual([]);
  });

  it('refuses the addresses of this machine, public as they may be', () => {
    expect(createAddressGuard(() => [PUBLIC])(PUBLIC)).toBe(false);
    expect(createAddressGuard(() => [])(PUBLIC)).toBe(true);
  });

  it('connects to the address that was checked, when the name answers otherwise the second time', async () => {
    await using web = await openWeb(plain);
    web.names.set('rebind.test', [[PUBLIC], ['127.0.0.1']]);
    expect((await web.fetch('http://rebind.test/')).text).toContain('hello');
    expect(web.dialled).toEqual([`${PUBLIC}:80`]);
    expect(await web.fetch('http://rebind.test/')).toMatchObject({ isError: true });
    expect(web.dialled).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1:18789/',
    'http://169.254.169.254/',
    'http://[::1]/',
    'http://inner.test/',
    'file:///etc/passwd',
    '//127.0.0.1/',
    'http://a:b@site.test/',
  ])('does not follow a redirect to %s', async (location) => {
    await using web = await openWeb((_req, res) => void res.writeHead(302, { location }).end());
    web.names.set('inner.test', [['192.168.0.1']]);
    expect(await web.fetch('http://site.test/')).toMatchObject({ isError: true });
    expect(web.requests).toHaveLength(1);
    expect(web.dialled).toEqual([`${PUBLIC}:80`]);
  });

  it('reaches loopback with the network of the system neither by address nor by name', async () => {
    const server = createServer(plain);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await using bench = await openBench();
    for (const host of ['127.0.0.1', 'localhost']) {
      expect(await bench.call('web_fetch', { url: `http://${host}:${port}/` })).toMatchObject({
        isError: true,
      });
    }
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('redirects', () => {
  it('follows five and no more', async () => {
    await using web = await openWeb((req, res) => {
      const hop = Number(req.url?.slice(1));
      if (hop === 0) plain(req, res);
      else res.writeHead(302, { location: `/${hop - 1}` }).end();
    });
    expect((await web.fetch('http://site.test/5')).text).toContain('hello');
    expect((await web.fetch('http://site.test/6')).text).toContain('more than 5 times');
  });

  it('CVE-2026-32913: carries nothing from one server to the next', async () => {
    await using web = await openWeb((req, res) => {
      if (req.headers.host === 'other.test') return plain(req, res);
      res.writeHead(307, { location: 'http://other.test/', 'set-cookie': 'a=b' }).end();
    });
    web.names.set('other.test', [['1.1.1.1']]);
    await web.fetch('http://site.test/');
    expect(web.dialled).toEqual([`${PUBLIC}:80`, '1.1.1.1:80']);
    expect(Object.keys(web.requests[1]?.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
    ]);
  });
});

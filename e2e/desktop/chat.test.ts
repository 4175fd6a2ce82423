import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { enter, freePort, type GatewayProcess, READY, TestHome, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { openWindow, speak } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const KEY = 'agent:main:main';
/** One red dot. */
const PNG =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** A gateway of the development profile, whose model says back what it is told. */
async function devGateway(home: TestHome, port: number): Promise<GatewayProcess> {
  const gateway = home.spawn(['gateway', 'run', '--dev', '--port', String(port)]);
  await gateway.said(READY);
  return gateway;
}

async function peerOf(home: TestHome, port: number) {
  const config = JSON.parse(await readFile(join(home.dir, '.openclaw-dev', 'openclaw.json'), 'utf8'));
  return enter(port, { token: config.gateway.auth.token });
}

async function openChat(view = 'chat') {
  const desktop = await startDesktop();
  const home = await TestHome.create();
  const port = await freePort();
  const gateway = await devGateway(home, port);
  const open = await openWindow(desktop, home, { args: ['--dev'], view });
  const composer = open.page.getByRole('textbox', { name: 'Message' });
  await open.page.getByText('Nothing has been said in this session yet.').waitFor();
  const close = async (): Promise<void> => {
    await open[Symbol.asyncDispose]();
    await home[Symbol.asyncDispose]();
    await desktop[Symbol.asyncDispose]();
  };
  return { ...open, home, port, gateway, composer, [Symbol.asyncDispose]: close };
}

async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByRole('textbox', { name: 'Message' });
  await composer.fill(text);
  await composer.press('Enter');
}

const answers = (page: Page) => page.locator('article.agent');

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))(
  'the view of a conversation',
  () => {
    beforeAll(electronProgram);

    it('shows an answer while it is written, and stops it when told to', async () => {
      await using chat = await openChat();
      const { page, composer } = chat;
      await composer.fill('/slow one two three');
      await composer.press('Shift+Enter');
      await composer.pressSequentially('four five six seven eight nine ten');
      await composer.press('Enter');
      const answer = answers(page).last();
      const seen = new Set<string>();
      await until('an answer that grows', async () => {
        seen.add((await answer.locator('.markdown').allTextContents()).join(''));
        return seen.size >= 4;
      });
      await page.getByRole('button', { name: 'Stop answer' }).click();
      await answer.getByText('Stopped.').waitFor();
      const texts = [...seen].map((text) => text.trim());
      for (const [index, text] of texts.entries()) expect(texts[index + 1] ?? text).toContain(text);
      expect(await answer.textContent()).not.toContain('ten');
      expect(await page.locator('article.you .plain').textContent()).toContain('three\nfour');
      expect(await page.getByRole('button', { name: 'Stop answer' }).count()).toBe(0);

      await say(page, '/fail the power is out');
      await page.getByText('the power is out').last().waitFor();
      await page.locator('article.agent code', { hasText: 'SERVER' }).waitFor();
      await say(page, 'and a good one');
      await answers(page).filter({ hasText: 'and a good one' }).waitFor();
      await picture(page, 'chat');
    });

    it('shows as it was written what is nested too deep to be laid out, and goes on', async () => {
      await using chat = await openChat();
      const { page } = chat;
      await say(page, `${'>'.repeat(10_000)} at the bottom`);
      await answers(page).filter({ hasText: 'at the bottom' }).waitFor();
      await say(page, 'and **another**');
      await answers(page).locator('strong', { hasText: 'another' }).waitFor();
    });

    it('renders what an agent writes without running, fetching or following any of it', async () => {
      await using chat = await openChat();
      const { app, page } = chat;
      await app.evaluate(({ dialog, shell, session }) => {
        const seen: { asked: string[]; opened: string[]; fetched: string[] } = {
          asked: [],
          opened: [],
          fetched: [],
        };
        Reflect.set(globalThis, 'seen', seen);
        dialog.showMessageBox = (async (options: { detail?: string }) => {
          seen.asked.push(options.detail ?? '');
          return { response: 2, checkboxChecked: false };
        }) as never;
        shell.openExternal = async (url) => void seen.opened.push(url);
        session.defaultSession.webRequest.onSendHeaders(({ url }) => void seen.fetched.push(url));
      });
      await say(
        page,
        [
          '# Title',
          '**bold** <script>window.hacked = 1</script><img src=x onerror="window.hacked = 2">',
          '[script](javascript:window.hacked=3) [data](data:text/html,x) [plain](http://example.com/p)',
          '[the bank](https://bücher.example/login) ![pic](https://tracker.example/p.png) ![d](data:image/png;base64,AA)',
          '```js',
          'const x = "<b>";',
          '```',
          '- one',
          '- two',
          '',
          '| Fruit | Price |',
          '| :--- | ---: |',
          '| ~~Apple~~ <b>x</b> | 3 |',
          '',
          '- [x] bought',
          '- [ ] eaten, see https://auto.example/a?b=1 and www.other.example',
        ].join('\n'),
      );
      const answer = answers(page).filter({ hasText: 'the bank' });
      await answer.getByRole('heading', { name: 'Title' }).waitFor();
      await page.locator('[aria-live]', { hasText: 'Answer:' }).waitFor({ state: 'attached' });
      expect(await answer.locator('script, img, a, iframe').count()).toBe(0);
      expect(await answer.locator('.markdown').textContent()).toContain('<script>window.hacked = 1</script>');
      expect(await answer.locator('pre').textContent()).toBe('const x = "<b>";\n');
      expect(await answer.getByRole('button').allTextContents()).toEqual([
        'plain (copy address)',
        'the bank',
        'Picture: pic',
        'Copy',
        'https://auto.example/a?b=1',
        'www.other.example (copy address)',
      ]);
      expect(await answer.getByRole('table').getByRole('row').allTextContents()).toEqual([
        'FruitPrice',
        'Apple <b>x</b>3',
      ]);
      expect(await answer.locator('del').textContent()).toBe('Apple');
      expect(await answer.getByRole('img', { name: 'done:' }).count()).toBe(1);
      expect(await answer.locator('input').count()).toBe(0);
      await picture(page, 'chat-markdown');
      await expectAccessible(page);
      await answer.getByRole('button', { name: 'the bank' }).click();
      const seen = () => app.evaluate(() => Reflect.get(globalThis, 'seen') as Record<string, string[]>);
      await until('the browser', async () => (await seen()).opened?.length);
      expect(await seen()).toMatchObject({
        asked: [expect.stringContaining('https://xn--bcher-kva.example/login')],
        opened: ['https://xn--bcher-kva.example/login'],
      });
      expect((await seen()).fetched?.filter((url) => /^https?:/.test(url))).toEqual([]);
      await answer.getByRole('button', { name: 'plain' }).click();
      await until(
        'the clipboard',
        async () => (await app.evaluate(({ clipboard }) => clipboard.readText())) === 'http://example.com/p',
      );
      expect(await page.evaluate(() => Reflect.get(globalThis, 'hacked'))).toBeUndefined();
      expect(page.url()).toBe('app://openclaw/index.html#chat');
    });

    it('sends files along, with a preview of pictures, and refuses what is too large', async () => {
      await using chat = await openChat();
      const { page, home, port } = chat;
      const picker = page.locator('input[type=file]');
      await picker.setInputFiles([
        { name: 'dot.png', mimeType: 'image/png', buffer: Buffer.from(PNG, 'base64') },
        { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') },
      ]);
      const attached = page.getByRole('list', { name: 'Attached files' });
      await attached.getByText('notes.txt').waitFor();
      expect(
        await attached
          .getByRole('img', { name: 'dot.png' })
          .evaluate((image) => Reflect.get(image, 'naturalWidth')),
      ).toBe(1);
      await picker.setInputFiles({
        name: 'huge.png',
        mimeType: 'image/png',
        buffer: Buffer.alloc(6_291_457),
      });
      await page.getByRole('alert').filter({ hasText: 'ATTACHMENT_TOO_LARGE' }).waitFor();
      expect(await attached.getByRole('listitem').count()).toBe(2);
      await picture(page, 'chat-files');
      await page.evaluate(`
      const holding = (name) => {
        const held = new DataTransfer();
        held.items.add(new File(['hi'], name, { type: 'text/plain' }));
        return held;
      };
      window.dispatchEvent(new DragEvent('drop', { dataTransfer: holding('dropped.txt'), cancelable: true }));
      document.querySelector('textarea').dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: holding('pasted.txt'), bubbles: true, cancelable: true }),
      );
    `);
      await attached.getByText('dropped.txt').waitFor();
      await attached.getByText('pasted.txt').waitFor();
      await page.getByRole('button', { name: 'Remove pasted.txt' }).click();
      await attached.getByText('pasted.txt').waitFor({ state: 'detached' });
      await say(page, 'look at these');
      await page.locator('article.you').getByRole('img', { name: 'dot.png' }).waitFor();
      await answers(page).filter({ hasText: 'look at these' }).waitFor();
      const peer = await peerOf(home, port);
      const history = await peer.request('chat.history', { sessionKey: KEY });
      await peer.close();
      expect(JSON.stringify(history)).toContain(PNG);
      expect(JSON.stringify(history)).toContain(Buffer.from('hello').toString('base64'));
    });

    it('has one copy of everything after the gateway was away, and keeps what is being written', async () => {
      await using chat = await openChat();
      const { page, home, port, gateway, composer } = chat;
      await say(page, 'first');
      await answers(page).filter({ hasText: 'first' }).waitFor();
      await say(page, 'second');
      await answers(page).filter({ hasText: 'second' }).waitFor();
      await composer.fill('a draft');
      await gateway.stop();
      await devGateway(home, port);
      const peer = await until('the gateway', () => peerOf(home, port).catch(() => undefined));
      await peer.request('chat.inject', { sessionKey: KEY, message: 'while you were away' });
      await peer.close();
      await answers(page).filter({ hasText: 'while you were away' }).waitFor();
      const said = await page.locator('article .plain, article .markdown').allTextContents();
      expect(said.map((text) => text.trim())).toEqual([
        'first',
        'first',
        'second',
        'second',
        'while you were away',
      ]);
      expect(await composer.inputValue()).toBe('a draft');
      await page.getByRole('button', { name: 'New session' }).click();
      await page.getByText('Nothing has been said in this session yet.').waitFor();
      expect(await composer.inputValue()).toBe('');
      await page.getByLabel('Session').selectOption(KEY);
      await answers(page).filter({ hasText: 'while you were away' }).waitFor();
      expect(await composer.inputValue()).toBe('a draft');
    });

    it('says that no gateway is there, and goes on when there is one', async () => {
      await using desktop = await startDesktop();
      await using home = await TestHome.create();
      await using open = await openWindow(desktop, home, {
        args: ['--dev'],
        view: 'chat?session=agent:main:later',
      });
      const { page } = open;
      await page.getByRole('alert').filter({ hasText: 'UNAVAILABLE' }).waitFor();
      await picture(page, 'chat-away');
      await devGateway(home, await freePort());
      await page.getByText('Nothing has been said in this session yet.').waitFor();
      expect(await page.getByRole('alert').count()).toBe(0);
      await say(page, 'hello');
      await answers(page).filter({ hasText: 'hello' }).waitFor();
      expect(await page.getByLabel('Session').inputValue()).toBe('agent:main:later');
    });

    it('asks before a command runs, and shows exactly that command', async () => {
      await using chat = await openChat();
      const { page, home } = chat;
      const made = join(home.dir, 'made');
      const order = (name: string) => `/tool exec ${JSON.stringify({ command: `touch ${name}` })}`;
      await say(page, order(`${made}-no`));
      const card = page.getByRole('region', { name: 'The agent asks to run this command' });
      expect(await card.locator('.exact').textContent()).toContain(`${made}-no`);
      await picture(page, 'chat-approval');
      await expectAccessible(page);
      await speak(page, 'zh-CN');
      await page.getByText('智能体请求运行此命令').waitFor();
      await picture(page, 'chat-approval-zh');
      await speak(page, 'en');
      await card.getByRole('button', { name: 'Deny' }).click();
      await card.waitFor({ state: 'detached' });
      await page.locator('.tool', { hasText: 'failed' }).waitFor();
      await say(page, order(`${made}-yes`));
      await card.getByRole('button', { name: 'Allow once' }).click();
      await page.locator('.tool', { hasText: 'done' }).waitFor();
      expect((await stat(`${made}-yes`)).isFile()).toBe(true);
      await expect(stat(`${made}-no`)).rejects.toThrow();
    });

    it('goes back through a long history, of which only what is in sight exists', async () => {
      await using chat = await openChat();
      const { page, home, port } = chat;
      await say(page, 'the beginning');
      await answers(page).filter({ hasText: 'the beginning' }).waitFor();
      const peer = await peerOf(home, port);
      for (let index = 0; index < 400; index += 1)
        await peer.request('chat.inject', { sessionKey: KEY, message: `remark ${index}` });
      await peer.close();
      await answers(page).filter({ hasText: 'remark 399' }).waitFor();
      const talk = page.getByRole('region', { name: 'Conversation' });
      await until('the first message', async () => {
        await talk.evaluate((element) => Reflect.set(element, 'scrollTop', 0));
        return page.locator('article.you').filter({ hasText: 'the beginning' }).count();
      });
      expect(await page.locator('article').count()).toBeLessThan(60);
      await page.getByRole('button', { name: 'To the newest message' }).click();
      await answers(page).filter({ hasText: 'remark 399' }).waitFor();
    });
  },
);

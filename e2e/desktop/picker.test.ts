import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { EVENT_CHANNEL } from '../../main/bridge/channels.ts';
import { type Lab, noLab } from '../discovery/network-lab.ts';
import { shippedProgram, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { expectAccessible, picture } from './appearance.ts';
import {
  announceFalsely,
  DOMAIN,
  listeners,
  openPicker,
  picker,
  publish,
  rowOf,
  startPickerLab,
  TYPE,
} from './picker-lab.ts';

const lacksSomething =
  lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'dnsmasq') || noLab() !== undefined;

/** A name server on the machine of the app that knows these records. */
async function startDns(lab: Lab, lines: string[]): Promise<void> {
  const [file, resolv] = [join(lab.dir, 'dnsmasq.conf'), join(lab.dir, 'resolv.conf')];
  const common = [
    'listen-address=127.0.0.1',
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'user=',
    'no-daemon',
  ];
  await writeFile(file, [...common, ...lines, ''].join('\n'));
  await writeFile(resolv, 'nameserver 127.0.0.1\n');
  await lab.here.do(['mount', '--bind', resolv, '/etc/resolv.conf']);
  await lab.here.start(['dnsmasq', '-C', file, '--pid-file=']).said(/started, version/);
}

/** A person has saved one gateway. */
const SAVED = {
  connections: [{ destination: { kind: 'ssh', target: 'ann@10.7.0.50' }, name: 'Studio', isSaved: true }],
};

/** The gateway of the other machine, and one that is heard nowhere else. */
const RECORDS = [
  ...['attic', 'far'].map((name) => `ptr-record=${TYPE}.${DOMAIN},${name}.${TYPE}.${DOMAIN}`),
  ...['attic', 'far'].map((name) => `srv-host=${name}.${TYPE}.${DOMAIN},${name}.${DOMAIN},18789`),
  `host-record=attic.${DOMAIN},10.7.0.2`,
  `host-record=far.${DOMAIN},100.64.0.9`,
];

const TOKEN = 'lab-token';

async function startGateway(lab: Lab) {
  const dir = join(lab.dir, 'gateway');
  await mkdir(join(dir, '.openclaw'), { recursive: true, mode: 0o700 });
  const config = { gateway: { mode: 'local', bind: 'lan', auth: { mode: 'token', token: TOKEN } } };
  await writeFile(join(dir, '.openclaw', 'openclaw.json'), JSON.stringify(config), { mode: 0o600 });
  const env = { HOME: dir, OPENCLAW_DISABLE_BONJOUR: '0', OPENCLAW_MDNS_HOSTNAME: 'studio' };
  const program = [process.execPath, await shippedProgram()];
  const gateway = lab.there.start([...program, 'gateway', 'run', '--port', '18789'], env);
  await gateway.said(/announced on the network/);
  const cli = (...args: string[]) => lab.there.do([...program, ...args], env);
  return Object.assign(gateway, { cli });
}

describe.skipIf(lacksSomething)('the picker', () => {
  beforeAll(electronProgram);

  it('finds a gateway that announces itself, and connects to it after a question', async () => {
    await using open = await startPickerLab();
    const { lab, page, icon } = open;
    await using gateway = await startGateway(lab);
    expect(await listeners(lab)).toBe(0);
    await icon.click('Connect to…');
    const dialog = picker(page);
    const row = rowOf(dialog, 'studio');
    await row.waitFor();
    expect(await row.textContent()).toContain('LAN');
    expect(await row.textContent()).toContain('10.7.0.2:18789');
    expect(await row.textContent()).toContain('unknown');
    await row.getByText(/\d ms$/).waitFor();
    await dialog.getByText('1 found on the network.').waitFor();
    expect(await listeners(lab)).toBeGreaterThan(0);
    await expectAccessible(page);
    await picture(page, 'picker-one');

    await row.getByRole('button').click();
    const question = page.getByRole('dialog', { name: /Connect to/ });
    await question.getByText('nobody vouches for them').waitFor();
    await expectAccessible(page);
    await picture(page, 'picker-question');
    expect(gateway.output).not.toContain('challenge');
    await question.getByRole('button', { name: 'Connect directly' }).click();
    const credential = page.getByRole('dialog', { name: 'The gateway wants to know who you are' });
    await credential.waitFor();
    expect(await listeners(lab)).toBe(0);
    await credential.getByLabel('Token', { exact: true }).last().fill(TOKEN);
    await credential.getByRole('button', { name: 'Connect' }).click();
    await icon.entry(['Waiting until ws://10.7.0.2:18789 approves this device.']);
    const current = page.getByRole('region', { name: 'Current connection' });
    await current.getByText('Waiting for approval', { exact: true }).waitFor();
    const command = await current.getByText(/^openclaw devices approve /).textContent();
    const code = (await current.getByText(/^Code to compare: \d{3} \d{3}$/).textContent())?.slice(-7);
    await expectAccessible(page);
    await picture(page, 'waiting-for-approval');
    const asked = await gateway.cli('devices', 'list');
    expect(asked).toContain(code);
    await gateway.cli(...(command ?? '').split(' ').slice(1));
    await icon.entry(['Connected to ws://10.7.0.2:18789. The gateway is well.']);

    const again = await openPicker(page);
    const kept = rowOf(again.getByRole('table', { name: 'Saved, recent and SSH hosts' }), /10\.7\.0\.2/);
    await kept.getByText('LAN').waitFor();
    expect(await kept.textContent()).toMatch(/recent.*current/);
    await again.getByText('known already, and listed below').waitFor();
    await page.keyboard.press('Escape');
    await again.waitFor({ state: 'hidden' });
    await until('the end of the search', async () => (await listeners(lab)) === 0);
  });

  it('shows what is saved, configured, in ~/.ssh/config and in the domain, each once, until it is gone', async () => {
    await using open = await startPickerLab({
      sshConfig: 'Include more\nHost build\n  HostName 10.7.0.60\n  Port 2201\nHost *.lab !x.lab\n',
      settings: SAVED,
      config: {
        gateway: { mode: 'local', remote: { transport: 'direct', url: 'wss://10.7.0.9:443' } },
        discovery: { wideArea: { domain: DOMAIN } },
      },
    });
    const { lab, page, home } = open;
    await writeFile(join(home.dir, '.ssh', 'more'), 'Host inner\n', { mode: 0o600 });
    await startDns(lab, RECORDS);
    await using published = await publish(lab, 'Attic', 18789);
    const dialog = await openPicker(page);
    const known = dialog.getByRole('table', { name: 'Saved, recent and SSH hosts' });
    for (const [name, badge] of [
      ['Studio', 'saved'],
      ['wss://10.7.0.9:443', 'configuration'],
      ['build', 'SSH config'],
      ['inner', 'SSH config'],
    ] as const)
      await rowOf(known, name).getByText(badge).waitFor();
    expect(await known.getByRole('button').allTextContents()).not.toContain('*.lab');
    const attic = rowOf(dialog, /^attic$/i);
    await attic.getByText('wide area').waitFor();
    await attic.getByText('LAN').waitFor();
    await rowOf(dialog, 'far').getByText('100.64.0.9:18789').waitFor();
    await dialog.getByText('2 found on the network.').waitFor();
    await rowOf(known, 'build').getByText('no answer').waitFor();
    await picture(page, 'picker-all');

    await attic.getByRole('button').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.locator(':focus').textContent()).toBe('far');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: /Connect to/ }).waitFor();
    await page.keyboard.press('Enter');
    expect(await page.locator(':focus').textContent()).toBe('Attic');

    const before = await attic.boundingBox();
    await published.stop();
    await attic.getByText('LAN').waitFor({ state: 'detached' });
    expect(await attic.boundingBox()).toMatchObject({ x: before?.x, y: before?.y });
    await using other = await publish(lab, 'Cellar', 18790);
    const cellar = rowOf(dialog, 'Cellar');
    await cellar.getByText('here now').waitFor();
    await other.stop();
    await cellar.getByText(/^gone, seen/).waitFor();
    await picture(page, 'picker-gone');
  });

  it('shows hostile announcements as plain text, marked, and so many of them do no harm', async () => {
    await using open = await startPickerLab({ settings: SAVED });
    const { lab, page } = open;
    await using _far = lab.there.start(['avahi-publish', '-a', 'far.local', '8.8.8.8']);
    await _far.said(/Established/);
    const huge = Array.from({ length: 5 }, (_, index) => `k${index}=${'x'.repeat(240)}`);
    const bad = '<img src=x onerror=alert(1)>';
    await using _1 = await publish(lab, 'one', 18791, ['displayName=Stud\u0456o']);
    await using _2 = await publish(lab, 'two', 18792, ['displayName=abc\u202edef\u2066\u0007', ...huge]);
    await using _3 = await publish(lab, 'three', 0, ['displayName=Nowhere']);
    await using _4 = await publish(lab, 'four', 18794, ['-H', 'far.local', 'displayName=Elsewhere']);
    await using _5 = await publish(lab, 'five', 18795, [`displayName=${bad}`]);
    const dialog = await openPicker(page);
    await rowOf(dialog, 'Stud\u0456o').getByText('name of a known gateway').waitFor();
    await rowOf(dialog, /^abc.*def/)
      .getByText('hidden characters')
      .waitFor();
    await rowOf(dialog, 'Elsewhere').getByText('public address').waitFor();
    await rowOf(dialog, bad).waitFor();
    expect(await dialog.getByText('Nowhere').count()).toBe(0);
    expect(await dialog.textContent()).not.toMatch(/[\u202a-\u202e\u2066]/);
    await expectAccessible(page);
    await picture(page, 'picker-hostile');
    await rowOf(dialog, 'Stud\u0456o').getByRole('button').click();
    const question = page.getByRole('dialog', { name: /Connect to/ });
    await question.getByText('It may be somebody else.').waitFor();
    await picture(page, 'picker-imitation');
    await question.getByRole('button', { name: 'Back' }).click();

    await announceFalsely(lab, 500);
    await dialog.getByText(/\d+ more are announced and not shown\./).waitFor();
    const network = dialog.getByRole('table', { name: 'On the network' });
    expect(await network.getByRole('button').count()).toBe(100);
    await rowOf(dialog, 'Studio').waitFor();
    await dialog.getByRole('searchbox', { name: 'Filter' }).fill('Elsewhere');
    await rowOf(dialog, 'Elsewhere').waitFor();
    expect(await network.getByRole('button').count()).toBe(1);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('says why nothing was found, in both languages', async () => {
    await using open = await startPickerLab();
    const { lab, page } = open;
    await using _other = lab.there.start(['avahi-publish', '-s', 'Web', '_http._tcp', '80']);
    await _other.said(/Established/);
    const dialog = await openPicker(page);
    await dialog.getByText('(NO_GATEWAY_ANSWERED)').waitFor();
    await dialog.getByText('Nothing found on the network.').waitFor();
    await expectAccessible(page);
    await picture(page, 'picker-nothing');
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'down']);
    await dialog.getByText('(NO_NETWORK)').waitFor();
    await dialog.getByText('connect it to a network').waitFor();
    await lab.here.do(['ip', 'link', 'set', 'wire0', 'up']);
    await using _ = await publish(lab, 'Attic', 18789);
    await rowOf(dialog, 'Attic').waitFor();
    expect(await dialog.getByText('Why that may be').count()).toBe(0);
    await page.keyboard.press('Escape');

    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByRole('radio', { name: '简体中文' }).click();
    await page.getByRole('link', { name: '连接' }).click();
    await page.getByRole('link', { name: '查找网关…' }).click();
    await page.getByRole('button', { name: 'Attic' }).waitFor();
    await picture(page, 'picker-zh');
    await page.getByRole('button', { name: 'Attic' }).click();
    await page.getByRole('button', { name: '通过 SSH 连接' }).waitFor();
    await picture(page, 'picker-question-zh');
  });

  it('fills the form for whoever wants to change something first', async () => {
    await using open = await startPickerLab();
    const { lab, page } = open;
    await using _ = await publish(lab, 'Attic', 18999);
    const dialog = await openPicker(page);
    await rowOf(dialog, 'Attic').getByRole('button').click();
    await page.getByRole('dialog').getByText('10.7.0.2:18999').waitFor();
    await page.getByRole('button', { name: 'Change first…' }).click();
    const form = page.getByRole('form', { name: 'Connect over SSH' });
    expect(await form.getByLabel('Host').inputValue()).toBe('10.7.0.2');
    expect(await form.getByLabel('Port of the gateway there').inputValue()).toBe('18999');
    expect(await page.locator(':focus').inputValue()).toBe('10.7.0.2');
    expect(await listeners(lab)).toBe(0);
  });

  it('stops to search when the page begins anew or its window is closed', async () => {
    await using open = await startPickerLab();
    const { lab, app, page } = open;
    await openPicker(page);
    await until('a search', async () => (await listeners(lab)) > 0);
    await app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await until('the end of the search', async () => (await listeners(lab)) === 0);
  });
});

describe.skipIf(lacksSomething)('a link that adds a gateway', () => {
  beforeAll(electronProgram);

  it('opens the form, filled; nothing is connected or kept before somebody says so', async () => {
    await using open = await startPickerLab();
    const { app, page, home } = open;
    await page.getByRole('heading', { name: 'No gateway runs on this computer.' }).waitFor();
    const url = 'ws://10.7.0.2:18789';
    const arrive = (link: { url: string }) =>
      app.evaluate(
        ({ BrowserWindow }, [channel, payload]) =>
          BrowserWindow.getAllWindows()[0]?.webContents.send(channel, 'navigate', payload),
        [EVENT_CHANNEL, `connections?add=${encodeURIComponent(link.url)}`] as const,
      );
    await arrive({ url });
    const dialog = page.getByRole('dialog', { name: 'Add a gateway from a link?' });
    await dialog.waitFor();
    expect(await dialog.getByLabel('Address').inputValue()).toBe(url);
    expect(await page.locator(':focus').textContent()).toBe('Cancel');
    await expectAccessible(page);
    await picture(page, 'link');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    const settings = () => readFile(join(home.trayDir, 'app.json'), 'utf8').catch(() => '');
    expect(await settings()).not.toContain('10.7.0.2');

    await arrive({ url });
    await dialog.getByRole('button', { name: 'Save without connecting' }).click();
    await page.getByText('Saved.').waitFor();
    expect(JSON.parse(await settings())).toMatchObject({
      connections: [{ destination: { kind: 'direct', url }, isSaved: true }],
    });

    await arrive({ url: 'ws://198.51.100.1:18789' });
    await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('alert').getByText('(BAD_ARGUMENT)').waitFor();
  });
});

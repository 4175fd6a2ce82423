import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../../core/testing/programs.ts';
import { TOKEN, until } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, press, showView } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import {
  answerTrust,
  connectedTo,
  connectFirst,
  giveToken,
  goOverSsh,
  localUrl,
  question,
  startRemoteLab,
  writtenDown,
} from './remote-lab.ts';

const needed = ['electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'sshd', 'ssh'] as const;

describe.skipIf(lacks(...needed))('a gateway behind SSH', () => {
  beforeAll(electronProgram);

  it('is reached after a person has confirmed host and gateway, and then by the command line as well', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, home, target } = lab;
    await far.start();
    await goOverSsh(lab, sshd.makeKey('key'));
    const dialog = question(page, 'Is this really 127.0.0.1?');
    await dialog.waitFor();
    const shown = execFileSync('ssh-keygen', ['-lf', join(sshd.dir, 'host_ed25519.pub')], {
      encoding: 'utf8',
    });
    const fingerprint = shown.split(' ')[1] ?? '';
    expect(fingerprint).toMatch(/^SHA256:/);
    await dialog.getByText(fingerprint, { exact: true }).waitFor();
    await dialog.getByText(`ssh-keyscan -t ed25519 -p ${sshd.port} 127.0.0.1 | ssh-keygen -lf -`).waitFor();
    await icon.entry(['Needs you: confirm the key of 127.0.0.1']);
    expect(await dialog.getByRole('button', { name: 'Cancel' }).evaluate((it) => it.matches(':focus'))).toBe(
      true,
    );
    await picture(page, 'host-key');

    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await icon.entry([/^Nobody has confirmed yet that this key/]);
    expect(await writtenDown(lab)).not.toContain('ssh-ed25519');
    await press(page, 'Connect again');
    await answerTrust(page, 'Is this really 127.0.0.1?');
    await picture(page, 'gateway');
    await answerTrust(page, 'Is this the right gateway?');
    await giveToken(page, TOKEN.token);
    await icon.entry([connectedTo(lab)]);
    const { isChecked } = await icon.entry(['Gateway', 'Remote over SSH…']);
    expect(isChecked).toBe(true);
    await picture(page, 'connected');

    const url = await localUrl(lab);
    const asked = await home.cli(['gateway', 'health', '--url', url, '--token', TOKEN.token]);
    expect(asked).toMatchObject({ code: 0 });
    const kept = await writtenDown(lab);
    expect(kept).toContain(target);
    expect(kept).toContain('ssh-ed25519');
    expect(kept).not.toContain(TOKEN.token);

    await icon.click('Disconnect');
    await icon.entry([`Not connected to ${target}.`]);
    expect(await home.cli(['gateway', 'health', '--url', url, '--token', TOKEN.token])).toMatchObject({
      code: 1,
    });
    await icon.click('Connect again');
    await icon.entry([connectedTo(lab)]);
    expect(await localUrl(lab)).toBe(url);
    await icon.click('Gateway', 'This computer');
    await icon.entry(['No gateway runs on this computer.']);
  });

  it('is not reached with a wrong passphrase, and is with the right one', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far } = lab;
    await far.start();
    await goOverSsh(lab, sshd.makeKey('locked', { passphrase: 'open sesame' }));
    await answerTrust(page, 'Is this really 127.0.0.1?');
    const dialog = question(page, 'Passphrase of your key');
    await dialog.waitFor();
    await icon.entry([`Needs you: passphrase for ${lab.target}`]);
    const type = async (text: string): Promise<void> => {
      await dialog.getByRole('textbox', { name: 'Passphrase' }).fill(text);
      await press(dialog, 'Unlock');
    };
    await type('wrong');
    await dialog.getByText('That was not it. Try again; attempt 2 of 3.').waitFor();
    expect(await dialog.getByRole('textbox', { name: 'Passphrase' }).inputValue()).toBe('');
    await picture(page, 'passphrase');
    await type('open sesame');
    await answerTrust(page, 'Is this the right gateway?');
    await giveToken(page, TOKEN.token);
    await icon.entry([connectedTo(lab)]);
    expect(await writtenDown(lab)).not.toContain('sesame');
  });

  it('is gone to again when the app is started again, with what was to be remembered and nothing readable', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, desktop, home } = lab;
    await far.start();
    await goOverSsh(lab, sshd.makeKey('key'));
    await answerTrust(page, 'Is this really 127.0.0.1?');
    await answerTrust(page, 'Is this the right gateway?');
    const dialog = question(page, 'The gateway wants to know who you are');
    await dialog.getByText('it would be readable for every program you run').waitFor();
    const remember = dialog.getByRole('checkbox', { name: 'Remember it' });
    expect(await remember.isChecked()).toBe(false);
    await remember.check();
    await giveToken(page, TOKEN.token);
    await icon.entry([connectedTo(lab)]);
    const url = await localUrl(lab);
    expect(await writtenDown(lab)).not.toContain(TOKEN.token);
    await lab.close();
    const again = await openWindow(desktop, home);
    try {
      await again.icon.entry([connectedTo(lab)]);
      await again.page.getByText(`Other programs of this computer reach it at ${url}`).waitFor();
    } finally {
      await again.close();
    }
  });

  it('is a hard stop when the key of the host has changed, until the old one is removed by its name', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, home } = lab;
    await far.start();
    await connectFirst(lab, sshd.makeKey('key'), TOKEN.token);
    await icon.click('Disconnect');
    await icon.entry([/^Not connected/]);
    await sshd.kill();
    sshd.changeHostKey();
    await sshd.start();
    await icon.click('Connect again');
    const stop = question(page, /^STOP: the key of .* has changed$/);
    await stop.waitFor();
    await icon.entry([/^Needs you: STOP: /]);
    await stop.getByText(`Written down in ${join(home.trayDir, 'known_hosts')}:1`).waitFor();
    expect(await stop.getByRole('button').allTextContents()).toEqual(['Remove the old key…', 'Close']);
    await picture(page, 'changed-key');
    await press(stop, 'Remove the old key…');
    const remove = stop.getByRole('button', { name: 'Remove', exact: true });
    expect(await remove.isDisabled()).toBe(true);
    await stop.getByRole('textbox').fill('127.0.0.1');
    await remove.click();
    await answerTrust(page, 'Is this really 127.0.0.1?');
    await icon.entry([connectedTo(lab)]);
  });

  it('is connected again by itself when its SSH server was away, and that is said meanwhile', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, home, target } = lab;
    await far.start();
    await connectFirst(lab, sshd.makeKey('key'), TOKEN.token);
    const url = await localUrl(lab);
    const lost = icon.entry([new RegExp(`^Reconnecting to ${target} …, attempt \\d+\\.$`)]);
    await sshd.kill();
    await lost;
    await picture(page, 'reconnecting');
    await sshd.start();
    await lab.app.evaluate(({ powerMonitor }) => powerMonitor.emit('resume'));
    await icon.entry([connectedTo(lab)]);
    expect(await localUrl(lab)).toBe(url);
    const asked = await home.cli(['gateway', 'health', '--url', url, '--token', TOKEN.token]);
    expect(asked).toMatchObject({ code: 0 });
  });

  it('is told apart from a wrong address when it has ended, shows nothing older, and is found again', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, farPort } = lab;
    const gateway = await far.start();
    await connectFirst(lab, sshd.makeKey('key'), TOKEN.token);
    await showView(page, 'Overview');
    await heading(page, 'Who can reach this gateway now');
    await gateway.stop();
    const ended = `SSH to 127.0.0.1 works, but nothing listens at 127.0.0.1:${farPort} there.`;
    await heading(page, ended);
    await page.getByText('Start the gateway on that host').waitFor();
    await page.getByText('First broken layer: SSH').waitFor();
    await page
      .getByRole('heading', { name: 'Who can reach this gateway now' })
      .waitFor({ state: 'detached' });
    await picture(page, 'far-gateway-ended');
    await far.start();
    await icon.entry([connectedTo(lab)]);
    await heading(page, 'Who can reach this gateway now');
  });

  it('gets no credential when another gateway has taken its place', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, farPort } = lab;
    const gateway = await far.start();
    await connectFirst(lab, sshd.makeKey('key'), TOKEN.token);
    await icon.click('Disconnect');
    await icon.entry([/^Not connected/]);
    await gateway.stop();
    const { TestHome } = await import('../fixtures/gateway-process.ts');
    const auth = { mode: 'token', token: 'squatter' };
    await using squatter = await TestHome.create({ gateway: { mode: 'local', port: farPort, auth } });
    await squatter.start();
    await icon.click('Connect again');
    const stop = question(page, /^STOP: another gateway answers/);
    await stop.waitFor();
    expect(await stop.getByRole('button').allTextContents()).toEqual(['Forget the known gateway…', 'Close']);
    await picture(page, 'changed-gateway');
    await press(stop, 'Close');
    await icon.entry([/^STOP: the gateway at/]);
    expect(await squatter.logText()).not.toMatch(/"method":"connect"|token mismatch/i);
  });

  it('keeps its port, and takes another one only when a person agrees', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far } = lab;
    await far.start();
    await connectFirst(lab, sshd.makeKey('key'), TOKEN.token);
    const url = await localUrl(lab);
    await icon.click('Disconnect');
    await icon.entry([/^Not connected/]);
    const { createServer } = await import('node:net');
    const { listenOn, closeServer } = await import('../fixtures/gateway-process.ts');
    const stranger = createServer((socket) => socket.destroy());
    const port = await listenOn(stranger, Number(new URL(url).port));
    try {
      await icon.click('Connect again');
      const dialog = question(page, `Port ${port} is taken`);
      await dialog.getByText(`pid ${process.pid}`).waitFor();
      await picture(page, 'port-taken');
      await dialog.getByRole('button', { name: /^Use port \d+ from now on$/ }).click();
      await icon.entry([connectedTo(lab)]);
      expect(await localUrl(lab)).not.toBe(url);
    } finally {
      await closeServer(stranger);
    }
  });

  it('is what the configuration names, offered and connected with its token, and written there on consent', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far, home, target, farPort } = lab;
    await far.start();
    const key = sshd.makeKey('key');
    await home.writeConfig(`{
  // mine
  gateway: { mode: "local", remote: { sshTarget: "${target}", sshIdentity: "${key}", remotePort: ${farPort},
    token: "\${FAR_TOKEN}" } },
  env: { vars: { FAR_TOKEN: "${TOKEN.token}" } },
}\n`);
    await page.getByRole('link', { name: 'Connections' }).click();
    await page.getByText('Your configuration names a gateway').waitFor();
    await press(page, `Connect to ${target}`);
    await answerTrust(page, 'Is this really 127.0.0.1?');
    await answerTrust(page, 'Is this the right gateway?');
    await icon.entry([connectedTo(lab)]);
    const before = readFileSync(home.configPath, 'utf8');
    await press(page, `Use for commands… ${target}`);
    await page.getByRole('rowheader', { name: 'gateway.remote.url' }).waitFor();
    await picture(page, 'use-for-commands');
    expect(readFileSync(home.configPath, 'utf8')).toBe(before);
    await press(page, 'Write');
    await page.getByText('Written.').waitFor();
    const after = readFileSync(home.configPath, 'utf8');
    expect(after).toContain('// mine');
    expect(after).toContain('FAR_TOKEN}"');
    const asked = await home.cli(['gateway', 'health']);
    expect(asked).toMatchObject({ code: 0 });
  });
});

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'sshd'))(
  'a gateway at an address',
  () => {
    beforeAll(electronProgram);

    it('is connected over TLS when a person has compared its certificate, and is a hard stop with another one', async () => {
      await using lab = await startRemoteLab();
      const { page, icon, far, farPort } = lab;
      await far.editConfig((config) => {
        config.gateway.tls = { enabled: true, autoGenerate: true };
      });
      const gateway = await far.start();
      const url = `wss://127.0.0.1:${farPort}`;
      await page.getByRole('link', { name: 'Connections' }).click();
      const form = page.getByRole('form', { name: 'Connect directly' });
      await form.getByLabel('Address').fill(url);
      await press(form, 'Connect');
      const dialog = question(page, 'Is this the certificate of the gateway?');
      await dialog.waitFor();
      const status = await far.cli(['gateway', 'status', '--json']);
      const { fingerprintSha256 } = JSON.parse(status.stdout).gateway.tls as { fingerprintSha256: string };
      await dialog.getByText(fingerprintSha256.replaceAll(':', '').toLowerCase(), { exact: true }).waitFor();
      await picture(page, 'certificate');
      await answerTrust(page, 'Is this the certificate of the gateway?');
      await giveToken(page, 'wrong');
      await question(page, 'The gateway wants to know who you are').getByText('did not accept').waitFor();
      await giveToken(page, TOKEN.token);
      await icon.entry([`Connected to ${url}. The gateway is well.`]);
      expect(await writtenDown(lab)).not.toContain(TOKEN.token);

      const lost = icon.entry([new RegExp(`^Reconnecting to ${url} …, attempt \\d+\\.$`)]);
      await gateway.stop();
      await lost;
      const { rm } = await import('node:fs/promises');
      await rm(join(far.trayDir, 'tls'), { recursive: true });
      await far.start();
      const stop = question(page, /^STOP: the certificate of/);
      await stop.waitFor({ timeout: 40_000 });
      expect(await stop.getByRole('button').allTextContents()).toEqual([
        'Forget the known certificate…',
        'Close',
      ]);
    });

    it('is refused in words where it could not be one, and nothing is connected', async () => {
      await using lab = await startRemoteLab();
      const { page, icon } = lab;
      await page.getByRole('link', { name: 'Connections' }).click();
      const form = page.getByRole('form', { name: 'Connect directly' });
      await form.getByLabel('Address').fill('ws://203.0.113.7:18789');
      await press(form, 'Connect');
      await page.getByRole('alert').getByText('unencrypted').waitFor();
      await page.getByRole('alert').getByText('(BAD_ARGUMENT)').waitFor();
      const ssh = page.getByRole('form', { name: 'Connect over SSH' });
      await ssh.getByLabel('Host').fill('-oProxyCommand=x@box');
      await press(ssh, 'Connect');
      await page.getByRole('alert').getByText('no part may begin with a dash').waitFor();
      await picture(page, 'refused');
      await icon.entry(['No gateway runs on this computer.']);
    });
  },
);

describe.skipIf(lacks(...needed))('the questions on the way to a gateway', () => {
  beforeAll(electronProgram);

  it('keep the focus inside, and leave axe nothing serious to find, in either language', async () => {
    await using lab = await startRemoteLab();
    const { page, icon, sshd, far } = lab;
    await far.start();
    await goOverSsh(lab, sshd.makeKey('key'));
    const dialog = question(page, 'Is this really 127.0.0.1?');
    await dialog.waitFor();
    for (let pressed = 0; pressed < 5; pressed += 1) {
      await page.keyboard.press('Tab');
      expect(await page.locator('main :focus, nav :focus').count()).toBe(0);
    }
    await expectAccessible(page);
    await answerTrust(page, 'Is this really 127.0.0.1?');
    await answerTrust(page, 'Is this the right gateway?');
    await question(page, 'The gateway wants to know who you are').waitFor();
    await expectAccessible(page);
    await giveToken(page, TOKEN.token);
    await icon.entry([connectedTo(lab)]);
    await expectAccessible(page);
    await icon.click('Language', '简体中文');
    await page.getByRole('heading', { name: '当前连接' }).waitFor();
    await expectAccessible(page);
    await picture(page, 'connected-zh');
    await sshd.kill();
    sshd.changeHostKey();
    await sshd.start();
    await question(page, /^停止：/).waitFor();
    await expectAccessible(page);
    await picture(page, 'changed-key-zh');
  });
});

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon', 'sshd'))(
  'a port that is taken',
  () => {
    beforeAll(electronProgram);

    it('by a gateway of this user: it is used with its token, or stopped when a person says so', async () => {
      await using lab = await startRemoteLab();
      const { page, icon, far, farPort, home } = lab;
      await home.writeConfig({
        gateway: { mode: 'local', port: farPort, auth: { mode: 'token', token: 'mine' } },
      });
      await far.start();
      await icon.click('Gateway', 'This computer');
      const group = `Port ${farPort} is held by another program`;
      await icon.click(group, 'Use that gateway…');
      await giveToken(page, TOKEN.token);
      await icon.entry(['The gateway is well.']);
      expect(await icon.labels()).not.toContain(group);
    });

    it('by a gateway of this user: it becomes that of the app when a person says so, and ends with it', async () => {
      await using lab = await startRemoteLab();
      const { page, icon, far, farPort, home } = lab;
      await home.writeConfig({
        gateway: { mode: 'local', port: farPort, auth: { mode: 'token', token: 'mine' } },
      });
      const gateway = await far.start();
      await icon.click('Gateway', 'This computer');
      await icon.click(`Port ${farPort} is held by another program`, 'Use that gateway…');
      await giveToken(page, TOKEN.token);
      await icon.entry(['The gateway was started without this app, which only watches it.']);
      await icon.entry(['Stop gateway'], { enabled: false });
      await icon.click('Take over that gateway…');
      const dialog = question(page, `Take over the gateway at port ${farPort}?`);
      await dialog.getByText(`pid ${gateway.pid}`).waitFor();
      await expectAccessible(page);
      await picture(page, 'adopt');
      await press(dialog, 'Cancel');
      await icon.entry(['Stop gateway'], { enabled: false });
      await icon.click('Take over that gateway…');
      await press(dialog, 'Take it over');
      await icon.entry(['This app has taken the gateway over.']);
      await picture(page, 'adopted');
      await icon.click('Restart gateway');
      await icon.entry(['The gateway is well.']);
      await icon.entry(['This app has taken the gateway over.']);
      await icon.click('Stop gateway');
      expect(await gateway.ended).toMatchObject({ code: 0 });
      await icon.entry(['Start gateway'], { enabled: true });
    });

    it('is left to others by another port in the configuration, or freed from a gateway by a person', async () => {
      await using lab = await startRemoteLab();
      const { page, icon, far, farPort, home } = lab;
      mkdirSync(home.stateDir, { recursive: true });
      const own = `{\n  // mine\n  gateway: { mode: "local", port: ${farPort}, auth: { mode: "token", token: "mine" } },\n}\n`;
      writeFileSync(home.configPath, own);
      const gateway = await far.start();
      await icon.click('Gateway', 'This computer');
      const group = `Port ${farPort} is held by another program`;
      await icon.click(group, 'Use another port…');
      const move = question(page, 'Use another port for the gateway of this computer?');
      await move.waitFor();
      await picture(page, 'use-port');
      await icon.click(group, 'Use another port…');
      const waiting = (await icon.labels()).filter((label) => label.startsWith('Needs you'));
      expect(waiting).toEqual([`Needs you: use another port than ${farPort}?`]);
      await press(move, 'Cancel');
      await move.waitFor({ state: 'detached' });
      expect(readFileSync(home.configPath, 'utf8')).toBe(own);
      await icon.click(group, 'Stop that gateway…');
      await press(question(page, `Stop the gateway at port ${farPort}?`), 'Stop it');
      expect(await gateway.ended).toMatchObject({ code: 0 });
      await icon.entry(['Start gateway'], { enabled: true });
      await far.start();
      await icon.click('Gateway', 'This computer');
      await icon.click(group, 'Use another port…');
      await move.getByRole('button', { name: /^Use port \d+$/ }).click();
      await icon.entry(['Start gateway'], { enabled: true });
      const text = readFileSync(home.configPath, 'utf8');
      expect(text).toContain('// mine');
      expect(text).not.toContain(`port: ${farPort},`);
      await until('the end of the question', async () => (await move.count()) === 0);
    });
  },
);

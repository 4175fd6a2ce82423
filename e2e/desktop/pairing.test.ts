import { beforeAll, describe, expect, it } from 'vitest';
import { shortCode } from '../../core/lib/short-code.ts';
import { lacks } from '../../core/testing/programs.ts';
import { TestPeer, testDevice } from '../../core/testing/test-peer.ts';
import { TestHome, TOKEN, wsUrl } from '../fixtures/gateway-process.ts';
import { electronProgram } from './app-process.ts';
import { heading, openWindow, press } from './app-window.ts';
import { expectAccessible, picture } from './appearance.ts';
import { startDesktop } from './desktop.ts';

const FAR = { headers: { 'x-forwarded-for': '198.51.100.7' } };
const ASKED = ['operator.admin', 'operator.read', 'operator.approvals'];

/** A device from afar that shows itself with this name. */
function stranger(port: number, displayName: string) {
  const device = testDevice();
  const client = { id: 'gateway-client', mode: 'ui', displayName };
  const knock = () => TestPeer.connect(wsUrl(port), { auth: TOKEN, device, scopes: ASKED, client }, FAR);
  return { device, knock };
}

describe.skipIf(lacks('electron', 'libgtk-3.so.0', 'Xvfb', 'dbus-daemon'))('pairing in the window', () => {
  beforeAll(electronProgram);

  it('shows the code that the device shows, grants only what is ticked, and takes it away again', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
    await using _ = home;
    await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.keyboard.press('Control+3');
    await heading(page, 'Requests that wait (0)');

    const { device, knock } = stranger(port, 'Kitchen tablet');
    const { response } = await knock();
    const { details } = response.error as { details: { requestId: string; pairingCode: string } };
    const request = page.getByRole('article', { name: 'Kitchen tablet' });
    await request.getByText(details.pairingCode).waitFor();
    expect(details.pairingCode).toBe(shortCode(device.publicKey, details.requestId));
    await request.getByText('198.51.100.7').waitFor();
    await expectAccessible(page);
    await picture(page, 'pairing-request');

    await request.getByRole('checkbox', { name: /operator\.admin/ }).uncheck();
    await request.getByRole('checkbox', { name: /operator\.approvals/ }).uncheck();
    await request.getByRole('button', { name: 'Approve 1 of 3' }).click();
    await heading(page, 'Paired devices (1)');
    const { peer, response: hello } = await knock();
    expect(hello).toMatchObject({ ok: true, payload: { auth: { scopes: ['operator.read'] } } });
    await expect(peer.request('sessions.delete', { key: 'agent:main:main' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    const paired = page.getByRole('article', { name: 'Kitchen tablet' });
    await paired.getByText('connected now').waitFor();
    await picture(page, 'pairing-paired');

    await paired.getByRole('button', { name: 'New token …' }).click();
    await press(page, 'Replace the token');
    await peer.closed;
    const again = await knock();
    expect(again.response).toMatchObject({ ok: true, payload: { auth: { scopes: ['operator.read'] } } });
    await paired.getByRole('button', { name: 'Remove …' }).click();
    await expectAccessible(page);
    await picture(page, 'pairing-remove');
    await press(page, 'Cancel');
    await heading(page, 'Paired devices (1)');
    await paired.getByRole('button', { name: 'Remove …' }).click();
    await press(page, 'Remove');
    await heading(page, 'Paired devices (0)');
    expect(await again.peer.closed).toMatchObject({ reason: 'device removed' });
    expect((await knock()).response).toMatchObject({ ok: false, error: { code: 'NOT_PAIRED' } });
  });

  it('lets a request go that was decided elsewhere, and one that is rejected here', async () => {
    await using desktop = await startDesktop();
    const { home, port } = await TestHome.withGateway({ trustedProxies: ['127.0.0.1'] });
    await using _ = home;
    await home.start();
    await using open = await openWindow(desktop, home);
    const { page } = open;
    await heading(page, 'The gateway is well.');
    await page.getByRole('link', { name: 'Pairing' }).click();
    await heading(page, 'Requests that wait (0)');
    const one = stranger(port, 'One');
    const two = stranger(port, 'Two');
    const { requestId } = ((await one.knock()).response.error as { details: { requestId: string } }).details;
    await two.knock();
    await heading(page, 'Requests that wait (2)');
    expect(await home.cli(['devices', 'reject', requestId])).toMatchObject({ code: 0 });
    await heading(page, 'Requests that wait (1)');
    await page.getByRole('article', { name: 'Two' }).getByRole('button', { name: 'Reject' }).click();
    await heading(page, 'Requests that wait (0)');
    await picture(page, 'pairing-empty');
  });
});

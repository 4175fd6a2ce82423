import { describe, expect, it } from 'vitest';
import { TestPeer } from '../../core/testing/test-peer.ts';
import { enter, ownerToken, TestHome, wsUrl } from '../fixtures/gateway-process.ts';

/** How a connect request with the owner's token ends: its code, or the HTTP status of a refused upgrade. */
async function outcome(port: number, token: string, headers: Record<string, string>): Promise<string> {
  try {
    const { peer, response } = await TestPeer.connect(wsUrl(port), { auth: { token } }, { headers });
    await peer.close();
    const error = response.error as { details?: { code?: string } } | undefined;
    return error ? String(error.details?.code) : 'welcome';
  } catch (error) {
    return String(error);
  }
}

describe('the token of the owner file', () => {
  it('is worth nothing in a browser and through a proxy, listed or not', async () => {
    const { home, port } = await TestHome.withGateway({
      trustedProxies: ['127.0.0.1'],
      controlUi: { allowedOrigins: ['https://panel.example'] },
    });
    await using _ = home;
    await home.start();
    const token = await ownerToken(home);
    expect(await outcome(port, token, {})).toBe('welcome');
    expect(await outcome(port, token, { origin: 'https://evil.example' })).toBe(
      'CONTROL_UI_ORIGIN_NOT_ALLOWED',
    );
    expect(await outcome(port, token, { origin: 'https://panel.example' })).toBe('AUTH_TOKEN_MISMATCH');
    expect(await outcome(port, token, { origin: `http://127.0.0.1:${port}` })).toBe('AUTH_TOKEN_MISMATCH');
    expect(await outcome(port, token, { 'x-forwarded-for': '127.0.0.1' })).toBe('AUTH_TOKEN_MISMATCH');
    expect(await outcome(port, token, { forwarded: 'for=127.0.0.1' })).toBe('AUTH_TOKEN_MISMATCH');
  });

  it('is refused with forwarding headers from nobody we know', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    await home.start();
    const token = await ownerToken(home);
    for (const name of ['x-forwarded-for', 'x-real-ip', 'forwarded', 'x-forwarded-proto'])
      expect(await outcome(port, token, { [name]: '127.0.0.1' })).toContain('HTTP 403');
  });

  it('ends with the boot it belongs to', async () => {
    const { home, port } = await TestHome.withGateway();
    await using _ = home;
    const gateway = await home.start();
    const token = await ownerToken(home);
    await gateway.stop();
    await home.start();
    await expect(enter(port, { token })).rejects.toThrow('AUTH_TOKEN_MISMATCH');
  });
});

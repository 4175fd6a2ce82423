import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startScriptedGateway } from '../core/client/testing/scripted-gateway.ts';
import { TEST_CERT } from '../core/client/testing/tls-fixture.ts';
import { fingerprintOf } from '../core/tls/certificate.ts';
import { main } from './main.ts';
import { memoryCli, runInMemory } from './testing/memory-cli.ts';

const FINGERPRINT = fingerprintOf(TEST_CERT);
const QUESTION = '[y/N]';

async function remote(more: object = {}) {
  const gateway = await startScriptedGateway(
    async (peer) => {
      await peer.greet();
      peer.answer(await peer.next(), { ok: true, durationMs: 1 });
    },
    { tls: true },
  );
  const home = await mkdtemp(join(tmpdir(), 'openclaw-trust-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const config = { gateway: { mode: 'remote', remote: { url: gateway.url, token: 'canary', ...more } } };
  const path = join(home, '.openclaw', 'openclaw.json');
  await mkdir(join(home, '.openclaw'));
  await writeFile(path, JSON.stringify(config));
  const cli = memoryCli(['gateway', 'health', '--timeout', '4000'], { isTTY: true, env: { HOME: home } });
  return {
    gateway,
    home,
    cli,
    pin: async () => JSON.parse(await readFile(path, 'utf8')).gateway.remote.tlsFingerprint,
  };
}

describe('a certificate that is new to a person at a terminal', () => {
  it.each(['\n', 'n\n', 'perhaps\n'])('is not trusted after %j, and nothing was sent', async (typed) => {
    const { cli, gateway, pin } = await remote();
    const ended = main(cli);
    await cli.shown(QUESTION);
    cli.stdin.write(typed);
    expect(await ended).toBe(1);
    expect(cli.written('stderr')).toContain(`SHA-256 ${FINGERPRINT}`);
    expect(cli.written('stderr')).toContain('Not trusted; nothing was sent.');
    expect(gateway.peers).toEqual([]);
    expect(await pin()).toBeUndefined();
  });

  it('is kept as the pin after a yes, and the command goes on', async () => {
    const { cli, gateway, pin } = await remote();
    const ended = main(cli);
    await cli.shown(QUESTION);
    cli.stdin.write('y\n');
    expect(await ended).toBe(0);
    expect(gateway.peers).toHaveLength(1);
    expect(await pin()).toBe(FINGERPRINT);
    expect(cli.written('stderr')).toContain('Saved as gateway.remote.tlsFingerprint');
  });

  it('is never asked about when another one is pinned', async () => {
    const pinned = 'a'.repeat(64);
    const { cli, gateway, pin } = await remote({ tlsFingerprint: pinned });
    expect(await main(cli)).toBe(1);
    expect(cli.written('stderr').replace(/\s+/g, ' ')).toContain('is not the pinned one; nothing was sent');
    expect(cli.written('stderr')).not.toContain(QUESTION);
    expect(gateway.peers).toEqual([]);
    expect(await pin()).toBe(pinned);
  });
});

describe('a certificate that nobody vouches for is told in the same way', () => {
  const LINES = [
    'The certificate of 127.0.0.1 is not trusted here: self-signed certificate',
    `SHA-256 ${FINGERPRINT}`,
    'Compare it with what `openclaw gateway status` shows on the gateway host.',
  ];
  const SAVE = `openclaw config set gateway.remote.tlsFingerprint ${FINGERPRINT}`;
  const COMMANDS = [
    ['gateway', 'health'],
    ['gateway', 'status'],
    ['gateway', 'probe', '--timeout', '4000'],
    ['doctor'],
  ];

  it.each(COMMANDS)('by %s %s: which one it is, and what trusts it', async (...args) => {
    const { home, gateway, pin } = await remote();
    const env = { HOME: home, OPENCLAW_DISABLE_BONJOUR: '1' };
    const { stdout, stderr } = await runInMemory(args, { env });
    for (const text of [...LINES, SAVE]) expect(stdout + stderr).toContain(text);
    expect(gateway.peers).toEqual([]);
    expect(await pin()).toBeUndefined();
  });

  it.each(COMMANDS)('by %s %s: for an address given by hand the flag, and it works', async (...args) => {
    const { gateway } = await remote();
    const env = { OPENCLAW_DISABLE_BONJOUR: '1' };
    const asked = [...args, '--url', gateway.url, '--token', 'canary'];
    const flag = ['--tls-fingerprint', FINGERPRINT];
    const { stdout, stderr } = await runInMemory(asked, { env });
    for (const text of [...LINES, flag.join(' ')]) expect(stdout + stderr).toContain(text);
    expect(gateway.peers).toEqual([]);
    await runInMemory([...asked, ...flag], { env });
    expect(gateway.peers).not.toEqual([]);
  });

  it('to programs with its fingerprint, and another one that is pinned with both', async () => {
    const { home } = await remote();
    const env = { HOME: home };
    const status = ['gateway', 'status', '--json'];
    const { verdict } = JSON.parse((await runInMemory(status, { env })).stdout);
    expect(verdict).toMatchObject({
      code: 'TLS_UNTRUSTED',
      fingerprint: FINGERPRINT,
      fix: { command: SAVE },
    });
    const pinned = 'a'.repeat(64);
    const other = await remote({ tlsFingerprint: pinned });
    const told = JSON.parse((await runInMemory(status, { env: { HOME: other.home } })).stdout);
    expect(told.verdict).toMatchObject({ code: 'TLS_PIN_MISMATCH' });
    expect(told.verdict.message).toContain(`Pinned: ${pinned}\nFound: ${FINGERPRINT}`);
    expect(told.verdict.fix).not.toHaveProperty('command');
  });
});

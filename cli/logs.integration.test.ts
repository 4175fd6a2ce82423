import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { WritableLevel } from '../core/lib/log.ts';
import { currentLogPath } from '../core/logs/log-files.ts';
import { fileLine } from '../core/logs/record.ts';
import { buildBundle, freePort, type Home, openHome, startGatewayIn } from './testing/command-line.ts';

beforeAll(buildBundle);

const MINUTE = 60_000;

const entry = (message: string, level: WritableLevel = 'info', ageMs = 0): string =>
  `${fileLine({ level, subsystem: 'gateway', message, time: Date.now() - ageMs })}\n`;

/** The log file of a gateway that does not run any more. */
async function leaveLog(home: Home, text: string): Promise<string> {
  const dir = join(home.dir, '.openclaw', 'tray', 'logs');
  await mkdir(dir, { recursive: true });
  const path = currentLogPath({ dir }, Date.now());
  await writeFile(path, text);
  return path;
}

const records = (stdout: string): { type: string; message?: string; source?: string }[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('without a gateway', () => {
  test('the files are read, and stderr says so', async () => {
    const home = await openHome();
    await leaveLog(home, entry('first') + entry('second', 'warn'));
    const port = await freePort();
    const { code, stdout, stderr } = await home.run(['logs', '--port', String(port)]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+ info \[gateway\] first\n\S+ warn \[gateway\] second\n$/);
    expect(stderr).toBe(
      `Gateway not reachable at ws://127.0.0.1:${port} (ECONNREFUSED).\nReading the log files in ~/.openclaw/tray/logs instead.\n`,
    );
  });

  test('--limit, --since and --level choose lines', async () => {
    const home = await openHome();
    const lines = [
      entry('old error', 'error', 90 * MINUTE),
      entry('young info'),
      entry('young error', 'error'),
    ];
    await leaveLog(home, lines.join(''));
    const env = { OPENCLAW_GATEWAY_PORT: String(await freePort()) };
    const shown = async (...args: string[]) => {
      const { stdout } = await home.run(['logs', '--json', ...args], { env });
      return records(stdout).flatMap(({ message }) => message ?? []);
    };
    expect(await shown('--limit', '1')).toEqual(['young error']);
    expect(await shown('--since', '1h')).toEqual(['young info', 'young error']);
    expect(await shown('--level', 'warn')).toEqual(['old error', 'young error']);
    expect(await shown('--level', 'error', '--since', '1h', '--limit', '5')).toEqual(['young error']);
  });

  test('--json prints one object a line, a meta first, and lines it cannot read as they are', async () => {
    const home = await openHome();
    const path = await leaveLog(home, `${entry('hello')}not json\n`);
    const { stdout } = await home.run(['logs', '--json', '--port', String(await freePort())]);
    expect(records(stdout)).toMatchObject([
      { type: 'meta', source: 'files', file: path },
      { type: 'log', level: 'info', subsystem: 'gateway', message: 'hello' },
      { type: 'raw', raw: 'not json' },
    ]);
  });

  test('no log at all is no failure', async () => {
    const home = await openHome();
    const { code, stdout, stderr } = await home.run(['logs', '--port', String(await freePort())]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toMatch(/No lines to show in\s.*tray.logs/);
  });

  test('the file of logging.file is read', async () => {
    const home = await openHome();
    const path = join(home.dir, 'own.log');
    await writeFile(path, entry('elsewhere'));
    await home.run(['config', 'set', 'logging.file', path]);
    const { stdout } = await home.run(['logs', '--port', String(await freePort())]);
    expect(stdout).toContain('elsewhere');
  });

  test.runIf(process.platform !== 'win32')('--follow prints what is appended until Ctrl-C', async () => {
    const home = await openHome();
    const path = await leaveLog(home, entry('before'));
    const following = home.start(['logs', '--follow', '--port', String(await freePort())]);
    await following.shown('before');
    await appendFile(path, entry('afterwards'));
    await following.shown('afterwards');
    following.child.kill('SIGINT');
    const { code, stdout } = await following.ended;
    expect(code).toBe(130);
    expect(stdout.match(/before/g)).toHaveLength(1);
    expect(stdout.match(/afterwards/g)).toHaveLength(1);
  });
});

describe('with a gateway', () => {
  test('the lines come from the gateway', async () => {
    const home = await openHome();
    const { port } = await startGatewayIn(home);
    const { code, stdout, stderr } = await home.run(['logs', '--json', '--port', String(port)]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(records(stdout)[0]).toMatchObject({ type: 'meta', source: 'gateway' });
    expect(stdout).toContain('listening on');
  });

  test.runIf(process.platform !== 'win32')(
    '--follow goes on with the files when the gateway stops, and misses nothing',
    async () => {
      const home = await openHome();
      const gateway = await startGatewayIn(home);
      const following = home.start(['logs', '--follow', '--json', '--port', String(gateway.port)]);
      await following.shown('listening on');
      await gateway.stop();
      await following.shown('received SIGTERM; shutting down');
      following.child.kill('SIGINT');
      const { stdout, stderr } = await following.ended;
      expect(stderr).toMatch(
        /^gateway closed .*\.\nReading the log files in ~\/\.openclaw\/tray\/logs instead\.$/m,
      );
      const messages = records(stdout).flatMap(({ message }) => message ?? []);
      expect(messages.filter((message) => message.startsWith('listening on'))).toHaveLength(1);
      expect(messages.filter((message) => message.startsWith('received SIGTERM'))).toHaveLength(1);
    },
  );

  test('a gateway elsewhere that is silent is a failure: its files are not here', async () => {
    const home = await openHome();
    await leaveLog(home, entry('mine'));
    const args = ['logs', '--url', `ws://127.0.0.1:${await freePort()}`, '--token', 't'];
    const { code, stdout, stderr } = await home.run(args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('Source: cli --url');
  });
});

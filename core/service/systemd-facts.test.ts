import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { systemdFacts } from './systemd-facts.ts';

const NO_USERS_ID = 4_294_967_294;
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'systemd-facts-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

async function factsWith(env: NodeJS.ProcessEnv) {
  const calls: string[] = [];
  const run = async (program: string) => {
    calls.push(program);
    return { exitCode: 0, stdout: 'LoadState=not-found\nActiveState=inactive\n', stderr: '' };
  };
  const unit = 'openclaw-gateway.service';
  const place = { run, unit, file: join(dir, unit), home: dir, user: 'somebody', uid: NO_USERS_ID };
  return { facts: await systemdFacts({ ...place, scope: 'user', env }), calls };
}

it('files of variables that are needed and cannot be read are named, and a pipe is not waited for', async () => {
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  writeFileSync(join(dir, 'there'), 'A=1\n');
  const files = ['%h/there', '%h/gone', '-%h/spare', '%h/pipe', '%h/many*'];
  const lines = ['[Service]', 'ExecStart=/bin/x', ...files.map((file) => `EnvironmentFile=${file}`)];
  writeFileSync(join(dir, 'openclaw-gateway.service'), lines.join('\n'));
  const { facts } = await factsWith({ XDG_RUNTIME_DIR: dir });
  expect(facts.command).toEqual({
    argv: ['/bin/x'],
    env: { A: '1' },
    missingFiles: [join(dir, 'gone'), join(dir, 'pipe')],
  });
});

it('a user without a session is told so without starting systemctl', async () => {
  writeFileSync(join(dir, 'systemctl'), '');
  const { facts, calls } = await factsWith({ PATH: `/nowhere:${dir}` });
  expect(facts).toMatchObject({ state: 'unknown', detail: expect.stringContaining('no user session') });
  expect(calls).toEqual([]);
});

it('a machine without systemctl is told apart from a user without a session', async () => {
  expect((await factsWith({ PATH: dir })).facts.detail).toBe('systemctl: not found');
});

it.each(['XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS'])(
  'systemctl is asked where %s is set',
  async (name) => {
    const { facts, calls } = await factsWith({ [name]: dir });
    expect(facts.state).toBe('not-installed');
    expect(calls).toEqual(['systemctl']);
  },
);

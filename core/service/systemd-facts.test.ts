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

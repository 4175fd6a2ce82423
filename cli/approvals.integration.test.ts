import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { main } from './main.ts';
import { buildBundle, openHome, startGatewayIn } from './testing/command-line.ts';
import { memoryCli } from './testing/memory-cli.ts';
import { startScriptedAgent } from './testing/scripted-agent.ts';

beforeAll(buildBundle);

/** A gateway whose agent wants to make a file, and waits for permission. */
async function openCase() {
  const home = await openHome();
  const { port } = await startGatewayIn(home, ['--dev']);
  const at = ['--dev', '--port', String(port)];
  const file = join(home.dir, 'made-it');
  const order = `/tool exec ${JSON.stringify({ command: `echo 好 > ${file}` })}`;
  const running = home.start(['agent', '-m', order, ...at]);
  await running.shown('Deny it:');
  const approvals = (...args: string[]) => home.run(['approvals', ...args, ...at]);
  const [waiting] = JSON.parse((await approvals('list', '--json')).stdout);
  return { running, approvals, file, id: String(waiting.id) };
}

const posix = test.skipIf(process.platform === 'win32');

posix('what is approved runs, and the answer goes on', async () => {
  const { running, approvals, file, id } = await openCase();
  const list = await approvals('list');
  expect(list.stdout).toContain(`Approvals that wait: 1\n\n  ${id}\n    | echo 好 > ${file}\n`);
  expect(list.stdout).toContain('Session    agent:main:main');
  expect(list.stdout).toMatch(/Allow it: openclaw --dev approvals approve <id> --port \d+\n/);
  expect(await approvals('approve', 'nope')).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /^No approval with the id "nope" waits\.\nSee them: openclaw --dev approvals list --port \d+\n$/,
    ),
  });
  expect(existsSync(file)).toBe(false);
  expect(await approvals('approve', id)).toMatchObject({
    code: 0,
    stdout: `Allowed once:\n    | echo 好 > ${file}\n`,
  });
  const { code, stderr } = await running.ended;
  expect(code).toBe(0);
  expect(stderr).toContain(`Allow it: openclaw --dev approvals approve ${id} --port `);
  expect(existsSync(file)).toBe(true);
  expect((await approvals('list')).stdout).toBe('Approvals that wait: 0\n');
});

posix('what is denied does not run, and the agent is told', async () => {
  const { running, approvals, file, id } = await openCase();
  expect((await approvals('deny', id)).stdout).toMatch(/^Denied:\n/);
  const { code, stdout, stderr } = await running.ended;
  expect(code).toBe(0);
  expect(existsSync(file)).toBe(false);
  expect(stdout).toContain('denied');
  expect(stderr).toContain('[exec] failed:');
  expect(await approvals('deny', id, '--json')).toMatchObject({ code: 1 });
});

test('a gateway that cannot list approvals is said to be one, in words and with a code', async () => {
  const gateway = await startScriptedAgent({});
  const words = memoryCli(['approvals', 'list', ...gateway.at]);
  expect(await main(words)).toBe(1);
  expect(words.written('stderr')).toMatch(
    /^This gateway \(2026\.9\.6\) cannot list the approvals that wait\.\nFix: /,
  );
  const json = memoryCli(['approvals', 'approve', 'ap-1', '--json', ...gateway.at]);
  expect(await main(json)).toBe(1);
  expect(JSON.parse(json.written('stdout'))).toMatchObject({ ok: false, error: { code: 'NOT_AVAILABLE' } });
  expect(gateway.asked).toEqual([]);
});

import { expect, test } from 'vitest';
import { renderPlist } from './launchd-plist.ts';
import { publicDefinition } from './public-definition.ts';
import { variableLines } from './schtasks.ts';
import { renderUnit } from './systemd-unit.ts';
import { renderTask } from './task-xml.ts';

const SECRETS = ['canary one"%', 'canary-two', "canary 'three", 'canary-4', 'canary-five'];
const plan = {
  names: { unit: 'openclaw-gateway.service', label: 'ai.openclaw.gateway', task: 'OpenClaw Gateway' },
  description: 'OpenClaw Gateway',
  argv: ['/usr/bin/node', '/opt/openclaw.cjs', 'gateway', 'run', '--token', 'canary-four'] as const,
  env: {
    PATH: '/usr/bin:/bin',
    OPENCLAW_STATE_DIR: '/srv/state',
    OPENCLAW_GATEWAY_TOKEN: 'canary one"%',
    ACME: 'canary-two',
    DB_URL: 'postgres://u:canary-three@h',
  },
  workingDirectory: '/srv',
};

const texts = {
  unit: renderUnit(plan),
  'unit with several on a line': `[Service]\nEnvironment="PATH=/bin" "X=canary 'three" OPENCLAW_STATE_DIR=/srv/state\nExecStart=/usr/bin/node /opt/openclaw.cjs --token=canary-4\n`,
  plist: renderPlist(plan, { stdout: '/a', stderr: '/b' }),
  'plist with an equals sign': `<array><string>/opt/openclaw.cjs</string><string>--password=canary-five</string></array>`,
  task: renderTask(plan, { user: 'PC\\ann', consoleHost: 'C:\\conhost.exe' }),
  variables: variableLines(plan.env),
};

test.each(Object.entries(texts))('of a %s nothing is shown that may be a secret', (_, text) => {
  const told = publicDefinition(text);
  expect(told).toContain('(hidden)');
  expect(told).not.toContain('canary');
  for (const secret of SECRETS) expect(told).not.toContain(secret);
});

test.each(['unit', 'plist', 'task', 'variables'] as const)('of a %s the places stay to be seen', (kind) => {
  const told = publicDefinition(texts[kind]);
  if (kind !== 'variables') expect(told).toContain('/opt/openclaw.cjs');
  if (kind !== 'task') expect(told).toContain('/srv/state');
});

/** Holds the rules of .dependency-cruiser.cjs against the code, and planted breaches against the rules. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { root } from './setup.mjs';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');
const rooms = ['core', 'cli', 'main', 'renderer'];

/** rule: file that must not, and what it must not import. `type` marks `import type`. */
const breaches = [
  ['protocol-knows-zod-only', 'core/protocol/a.ts', 'core/lib/clock.ts'],
  ['protocol-knows-zod-only', 'core/protocol/b.ts', 'node:crypto'],
  ['protocol-knows-zod-only', 'core/protocol/methods/c.ts', 'ws'],
  ['lib-is-the-ground-floor', 'core/lib/a.ts', 'core/protocol/errors.ts'],
  ['lib-is-the-ground-floor', 'core/lib/b.ts', 'core/store/file.ts', 'type'],
  ['store-stands-on-lib', 'core/store/a.ts', 'core/config/paths.ts'],
  ['domain-knows-no-rpc', 'core/devices/a.ts', 'core/server/dispatch.ts'],
  ['domain-knows-no-rpc', 'core/logs/b.ts', 'core/client/connection.ts', 'type'],
  ['domain-knows-no-rpc', 'core/config/c.ts', 'core/protocol/contract.ts'],
  ['domain-knows-no-rpc', 'core/status/d.ts', 'core/host/run-gateway.ts'],
  ['messages-are-words', 'core/messages/a.ts', 'core/devices/registry.ts'],
  ['messages-are-words', 'core/messages/b.ts', 'core/protocol/errors.ts', 'type'],
  ['judges-stand-on-top', 'core/host/v.ts', 'core/verdict/judge.ts'],
  ['judges-stand-on-top', 'core/service/r.ts', 'core/remote/tunnel.ts', 'type'],
  ['host-knows-no-client', 'core/host/a.ts', 'core/client/connection.ts'],
  ['client-knows-protocol-and-lib', 'core/client/a.ts', 'core/server/dispatch.ts', 'type'],
  ['client-knows-protocol-and-lib', 'core/client/b.ts', 'core/config/paths.ts'],
  ['server-knows-no-client', 'core/server/a.ts', 'core/client/connection.ts'],
  ['server-knows-no-client', 'core/server/f.ts', 'core/host/run-gateway.ts'],
  ['server-knows-no-client', 'core/server/handlers/b.ts', 'core/client/connection.ts', 'type'],
  ['core-knows-no-shell', 'core/server/c.ts', 'cli/output.ts'],
  ['core-knows-no-shell', 'core/devices/d.ts', 'main/app.ts'],
  ['core-knows-no-shell', 'core/logs/e.ts', 'renderer/view.ts'],
  ['core-knows-no-shell', 'core/host/f.ts', 'electron'],
  ['core-knows-no-shell', 'core/host/g.ts', 'commander'],
  ['cli-knows-no-desktop', 'cli/a.ts', 'main/app.ts'],
  ['cli-knows-no-desktop', 'cli/commands/b.ts', 'electron', 'type'],
  ['desktop-knows-no-cli', 'main/a.ts', 'cli/output.ts'],
  ['desktop-knows-no-cli', 'main/b.ts', 'renderer/view.ts'],
  ['renderer-sees-one-contract', 'renderer/a.ts', 'main/app.ts', 'type'],
  ['renderer-sees-one-contract', 'renderer/views/b.ts', 'core/protocol/errors.ts', 'type'],
  ['renderer-sees-types-only', 'renderer/c.ts', 'main/bridge/contract.ts'],
  ['renderer-has-no-node', 'renderer/d.ts', 'node:fs'],
  ['bridge-contract-knows-protocol', 'main/bridge/contract.ts', 'core/server/dispatch.ts'],
  ['testing-is-for-tests', 'core/server/d.ts', 'core/testing/fixture.ts'],
  ['testing-is-for-tests', 'cli/c.ts', 'core/lib/address.test.ts'],
  ['only-shipped-packages', 'core/client/c.ts', 'fast-check'],
  ['only-shipped-packages', 'core/server/e.ts', '@openclaw/gateway-protocol'],
  ['only-shipped-packages', 'cli/d.ts', 'esbuild', 'type'],
  ['only-shipped-packages', 'core/models/f.ts', '@openclaw/gateway-client'],
  ['no-unresolved-import', 'core/lib/c.ts', './nowhere.ts'],
  ['no-cycle', 'core/logs/x.ts', 'core/logs/y.ts'],
];

/** Neighbours of the breaches that have to pass, because a rule that forbids too much is worked around. */
const innocents = [
  ['core/protocol/ok.ts', 'zod'],
  ['core/protocol/ok-beside.ts', 'core/protocol/errors.ts'],
  ['core/lib/ok.ts', 'node:net'],
  ['core/store/ok.ts', 'core/lib/clock.ts'],
  ['core/devices/ok.ts', 'core/protocol/errors.ts'],
  ['core/devices/ok-store.ts', 'core/store/file.ts'],
  ['core/client/ok.ts', 'core/protocol/contract.ts', 'type'],
  ['core/server/handlers/ok.ts', 'core/devices/registry.ts'],
  ['core/server/ok.ts', 'ws'],
  ['core/verdict/ok.ts', 'core/client/connection.ts'],
  ['core/verdict/ok-host.ts', 'core/host/port-holder.ts'],
  ['core/ssh/ok.ts', 'core/messages/catalogue.ts'],
  ['core/host/ok.ts', 'core/server/gateway.ts'],
  ['cli/ok.ts', 'core/client/connection.ts'],
  ['cli/ok-program.ts', 'commander'],
  ['core/models/ok.ts', '@ai-sdk/provider', 'type'],
  ['main/ok.ts', 'core/client/connection.ts'],
  ['renderer/ok.ts', 'main/bridge/contract.ts', 'type'],
  ['core/server/ok.test.ts', 'fast-check'],
  ['core/devices/ok.test.ts', 'core/testing/fixture.ts'],
  ['core/logs/p.ts', 'core/logs/q.ts'],
  ['core/logs/q.ts', 'core/logs/p.ts', 'type'],
];

/** Breaches of the rules in the code, as sentences. */
export async function boundaryProblems() {
  const present = rooms.filter((room) => readdirSync(root).includes(room));
  const violations = await violationsIn(root, present);
  return violations.map(({ rule, from, to }) => {
    const { comment } = forbidden.find(({ name }) => name === rule);
    return `${from} → ${to}: ${comment} (${rule})`;
  });
}

/** What the rules miss or forbid too much, tried on a planted tree; and rules without a planted breach. */
export async function plantedProblems() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-boundaries-')));
  try {
    plant(dir);
    const found = await violationsIn(dir, rooms);
    const fires = (rule, file) => found.some((one) => one.rule === rule && one.from === file);
    const untried = forbidden.filter(({ name }) => !breaches.some(([rule]) => rule === name));
    return [
      ...breaches
        .filter(([rule, file]) => !fires(rule, file))
        .map(([rule, file, target]) => `${rule} does not catch ${file} → ${target}`),
      ...innocents
        .flatMap(([file]) => found.filter(({ from }) => from === file))
        .map(({ rule, from, to }) => `${rule} forbids ${from} → ${to}, which is right`),
      ...untried.map(({ name }) => `${name} has no planted breach in scripts/boundaries.mjs`),
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const counts = { rules: forbidden.length, breaches: breaches.length, innocents: innocents.length };

function plant(dir) {
  const files = new Map();
  const add = (file, line) => files.set(file, `${files.get(file) ?? ''}${line}\n`);
  const isInside = (target) => rooms.includes(target.split('/')[0]);
  const all = [...breaches.map(([, ...rest]) => rest), ...innocents, ['core/logs/y.ts', 'core/logs/x.ts']];
  for (const [file, target, kind] of all) {
    const path = isInside(target) ? relative(dirname(file), target).replaceAll('\\', '/') : target;
    const specifier = isInside(target) && !path.startsWith('.') ? `./${path}` : path;
    const name = `x${files.size}`;
    add(file, `import ${kind === 'type' ? 'type ' : ''}{ it as ${name} } from '${specifier}';`);
    add(file, kind === 'type' ? `export type It${name} = ${name};` : `export const use${name} = ${name};`);
    if (isInside(target)) add(target, '');
  }
  for (const [file, text] of files) {
    mkdirSync(join(dir, dirname(file)), { recursive: true });
    writeFileSync(join(dir, file), text || 'export const it = 1;\n');
  }
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'), 'junction');
  writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
}

async function violationsIn(baseDir, folders) {
  const { cruise } = await import('dependency-cruiser');
  const { enhancedResolveOptions, ...rest } = options;
  const { output } = await cruise(
    folders,
    { ...rest, baseDir, ruleSet: { forbidden }, validate: true },
    enhancedResolveOptions,
  );
  return output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
}

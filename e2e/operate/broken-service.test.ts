import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ServicePlace, UNIT } from '../service/service-place.ts';

interface Status {
  gateway: { port: number; probeUrl: string };
  service: {
    name: string;
    loaded: boolean;
    runtime: { status: string; pid?: number };
    configAudit: { ok: boolean; issues: { code: string; message: string; level: string }[] };
  };
  verdict: {
    ok: boolean;
    code: string;
    layer?: string;
    fix?: { command?: string };
    warnings: { code: string }[];
  };
}

async function statusOf(place: ServicePlace, args: string[] = []): Promise<Status> {
  const { stdout } = await place.run(['status', '--json', ...args]);
  return JSON.parse(stdout) as Status;
}

/** Runs the command that the verdict names, and says what is told afterwards. */
async function pasteFix(place: ServicePlace, { verdict }: Status): Promise<Status> {
  const [program, group, ...args] = verdict.fix?.command?.split(' ') ?? [];
  expect([program, group]).toEqual(['openclaw', 'gateway']);
  expect((await place.run(args)).code).toBe(0);
  return statusOf(place);
}

async function installed(): Promise<ServicePlace> {
  const place = await ServicePlace.create();
  expect((await place.run(['install'])).code).toBe(0);
  return place;
}

const unitWith = async (place: ServicePlace, change: (unit: string) => string): Promise<void> =>
  writeFile(place.unitFile(), change(await place.unitText()));

describe.skipIf(process.platform !== 'linux')('a service of systemd', () => {
  test('that runs is well, and its process is told', async () => {
    await using place = await installed();
    const { service, verdict } = await statusOf(place, ['--require-rpc']);
    expect(verdict).toMatchObject({ ok: true, code: 'OK' });
    expect(service).toMatchObject({ name: 'openclaw-gateway.service', runtime: { status: 'running' } });
    const codes = verdict.warnings.map(({ code }) => code);
    expect(service.configAudit.ok).toBe(codes.length === 0);
    expect(service.configAudit.issues.map(({ code }) => code)).toEqual(codes);
  });

  test('whose manager never answers does not keep status beyond its time', async () => {
    await using place = await installed();
    const systemctl = join(place.managers.dir, 'bin', 'systemctl');
    await writeFile(systemctl, '#!/bin/sh\nexec sleep 600\n');
    const { service } = await statusOf(place, ['--timeout', '1000']);
    expect(service.runtime).toMatchObject({ status: 'unknown', detail: 'systemctl: timeout' });
  });

  test('is shown whichever gateway is asked, and the verdict is about that one', async () => {
    await using place = await installed();
    const nowhere = ['--url', 'ws://127.0.0.1:1', '--token', 'x'];
    const elsewhere = await statusOf(place, nowhere);
    expect(elsewhere.service).toMatchObject({ name: UNIT, loaded: true, runtime: { status: 'running' } });
    expect(elsewhere.gateway).toMatchObject({ port: place.port, probeUrl: 'ws://127.0.0.1:1' });
    expect(elsewhere.verdict).toMatchObject({ ok: false, layer: 'tcp', code: 'TCP_REFUSED' });
    await place.run(['stop']);
    await unitWith(place, (unit) => unit.replaceAll('openclaw.cjs', 'moved-away.cjs'));
    const stopped = await statusOf(place, nowhere);
    expect(stopped.service.runtime.status).toBe('stopped');
    expect(stopped.service.configAudit.issues.map(({ code }) => code)).toContain('SERVICE_PROGRAM_GONE');
    expect(stopped.verdict).toMatchObject({ layer: 'tcp', code: 'TCP_REFUSED' });
    const { stdout } = await place.run(['status', ...nowhere]);
    expect(stdout).toContain(UNIT);
    await place.home.editConfig(({ gateway }) => {
      Object.assign(gateway, { mode: 'remote', remote: { url: 'ws://127.0.0.1:1', token: 'x' } });
    });
    expect((await statusOf(place)).service).toMatchObject({ name: UNIT, runtime: { status: 'stopped' } });
  });

  test('that was stopped is started by the command that is shown', async () => {
    await using place = await installed();
    await place.run(['stop']);
    const status = await statusOf(place);
    expect(status.verdict).toMatchObject({ ok: false, layer: 'service', code: 'SERVICE_STOPPED' });
    expect((await pasteFix(place, status)).verdict).toMatchObject({ ok: true, code: 'OK' });
  });

  test('whose program is gone is written again by the command that is shown', async () => {
    await using place = await installed();
    await place.run(['stop']);
    await unitWith(place, (unit) => unit.replaceAll('openclaw.cjs', 'moved-away.cjs'));
    const status = await statusOf(place);
    expect(status.verdict).toMatchObject({ ok: false, layer: 'service', code: 'SERVICE_PROGRAM_GONE' });
    expect((await pasteFix(place, status)).verdict).toMatchObject({ ok: true });
  });

  test('with another token than the configuration is a warning while it answers, and shows no secret', async () => {
    await using place = await installed();
    await unitWith(place, (unit) =>
      unit.replace('[Service]\n', '[Service]\nEnvironment="OPENCLAW_GATEWAY_TOKEN=old-secret-token"\n'),
    );
    const { verdict, service } = await statusOf(place);
    const codes = verdict.warnings.map(({ code }) => code);
    expect(verdict.ok).toBe(true);
    expect(codes).toContain('SERVICE_TOKEN_DIFFERS');
    expect(service.configAudit.ok).toBe(false);
    expect(service.configAudit.issues).toContainEqual({
      code: 'SERVICE_TOKEN_DIFFERS',
      message: 'The token in the service (OPENCLAW_GATEWAY_TOKEN) is not the one of gateway.auth.token.',
      level: 'recommended',
    });
    expect(service.configAudit.issues.map(({ code }) => code)).toEqual(codes);
    for (const args of [['status'], ['status', '--json'], ['status', '--lang', 'zh-CN']]) {
      const { stdout, stderr } = await place.run(args);
      expect(stdout + stderr).not.toContain('old-secret-token');
    }
    expect(await readFile(place.unitFile(), 'utf8')).toContain('old-secret-token');
  });
});

interface Findings {
  findings: {
    code: string;
    state: string;
    changes: { action: string; files: { path: string; diff: string[] }[] }[];
    obstacle?: { code: string; text: string; hints: string[] };
  }[];
}

/** What the doctor says, to programs and to people; people read the same codes. */
async function doctor(place: ServicePlace, args: string[] = []) {
  const env = place.managers.env();
  const { stdout, code } = await place.home.cli(['doctor', ...args, '--json'], env);
  return { code, ...(JSON.parse(stdout) as Findings) };
}

const statesOf = ({ findings }: Findings): string[] => findings.map(({ code, state }) => `${code} ${state}`);

describe.skipIf(process.platform !== 'linux')('doctor at a service of systemd', () => {
  test('shows how it would write a stale unit, writes it on request, and brings the old one back', async () => {
    await using place = await installed();
    await place.run(['stop']);
    const stale = (unit: string): string =>
      unit
        .replaceAll('openclaw.cjs', 'moved-away.cjs')
        .replace('[Service]\n', '[Service]\nEnvironment="OPENCLAW_GATEWAY_TOKEN=old-secret-token"\n');
    await unitWith(place, stale);
    const old = await place.unitText();

    const dry = await place.home.cli(['doctor'], place.managers.env());
    expect(dry.code).toBe(1);
    expect(dry.stdout).toMatch(/ {2}- ExecStart=.*moved-away\.cjs/);
    expect(dry.stdout).toMatch(/ {2}\+ ExecStart=.*openclaw\.cjs/);
    expect(dry.stdout).toContain('start openclaw-gateway.service');
    expect(dry.stdout).not.toContain('old-secret-token');
    expect(await place.unitText()).toBe(old);

    const fixed = await doctor(place, ['--fix']);
    expect(fixed.code).toBe(0);
    expect(statesOf(fixed)).toContain('SERVICE_PROGRAM_GONE fixed');
    expect(JSON.stringify(fixed)).not.toContain('old-secret-token');
    expect((await statusOf(place, ['--require-rpc'])).verdict.ok).toBe(true);
    expect(await place.unitText()).not.toContain('moved-away');

    const undone = await place.home.cli(['doctor', '--undo'], place.managers.env());
    expect(undone).toMatchObject({ code: 0, stderr: '' });
    expect(undone.stdout).not.toContain('old-secret-token');
    expect(await place.unitText()).toBe(old);
    expect((await statusOf(place)).verdict).toMatchObject({ code: 'SERVICE_PROGRAM_GONE' });
    expect(await place.home.cli(['doctor', '--undo'], place.managers.env())).toMatchObject({ code: 0 });
    expect(await place.unitText()).toBe(old);
  });

  test('starts one that is stopped, and stops it again', async () => {
    await using place = await installed();
    await place.run(['stop']);
    expect(statesOf(await doctor(place, ['--fix']))).toContain('SERVICE_STOPPED fixed');
    expect((await statusOf(place)).verdict.ok).toBe(true);
    await place.home.cli(['doctor', '--undo'], place.managers.env());
    expect((await statusOf(place)).verdict).toMatchObject({ code: 'SERVICE_STOPPED' });
  });

  test('lets it start at log-in, and takes that back', async () => {
    await using place = await installed();
    const link = join(place.home.dir, '.config/systemd/user/default.target.wants', UNIT);
    await rm(link);
    expect((await doctor(place)).findings.map(({ code }) => code)).toContain('SERVICE_DISABLED');
    expect(statesOf(await doctor(place, ['--fix']))).toContain('SERVICE_DISABLED fixed');
    expect(existsSync(link)).toBe(true);
    await place.home.cli(['doctor', '--undo'], place.managers.env());
    expect(existsSync(link)).toBe(false);
  });

  test('leaves a unit alone that others wrote or have changed since', async () => {
    await using place = await installed();
    await place.run(['stop']);
    await unitWith(place, (unit) => unit.replaceAll('openclaw.cjs', 'moved-away.cjs'));
    await doctor(place, ['--fix']);
    await unitWith(place, (unit) => `${unit}# mine\n`);
    const undone = await place.home.cli(['doctor', '--undo'], place.managers.env());
    expect(undone).toMatchObject({ code: 1 });
    expect(undone.stderr.replace(/\s+/g, ' ')).toContain('changed by somebody else');
    expect(await place.unitText()).toContain('# mine');

    await unitWith(place, (unit) => unit.replace('openclaw-tray', 'openclaw').replaceAll('.cjs', '.gone'));
    const foreign = await place.unitText();
    const { findings } = await doctor(place, ['--fix']);
    expect(findings.find(({ code }) => code === 'SERVICE_PROGRAM_GONE')?.obstacle).toMatchObject({
      code: 'DEFINITION_NOT_OURS',
    });
    expect(await place.unitText()).toBe(foreign);
  });

  test('writes nothing without a bus of the user, and says what is in the way in both languages', async () => {
    await using place = await installed();
    await place.run(['stop']);
    await unitWith(place, (unit) => unit.replaceAll('openclaw.cjs', 'moved-away.cjs'));
    const old = await place.unitText();
    const stderr = 'Failed to connect to bus: No medium found\n';
    await place.answer({ program: 'systemctl', args: '--user', exitCode: 1, stderr });
    const { findings } = await doctor(place, ['--fix']);
    const finding = findings.find(({ code }) => code === 'SERVICE_PROGRAM_GONE');
    expect(finding).toMatchObject({ state: 'open', changes: [] });
    expect(finding?.obstacle?.code).toMatch(/^USER_BUS_MISSING/);
    for (const [lang, words] of [
      ['en', 'It is not mended, because this is in the way:'],
      ['zh-CN', '没有修复，因为存在以下障碍：'],
    ] as const) {
      const { stdout } = await place.home.cli(['doctor', '--lang', lang], place.managers.env());
      expect(stdout).toContain(words);
      expect(stdout).toContain('No medium found');
    }
    expect(await place.unitText()).toBe(old);
  });

  test('does not move it to another state directory: only a person knows which one is meant', async () => {
    await using place = await installed();
    await place.run(['stop']);
    await unitWith(place, (unit) =>
      unit.replace('[Service]\n', '[Service]\nEnvironment=OPENCLAW_STATE_DIR=/srv/another\n'),
    );
    const old = await place.unitText();
    const { findings } = await doctor(place, ['--fix']);
    const finding = findings.find(({ code }) => code === 'SERVICE_STATE_DIFFERS');
    expect(finding).toMatchObject({ state: 'open', changes: [] });
    expect(await place.unitText()).toBe(old);
  });
});

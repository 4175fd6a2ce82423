import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { ServicePlace } from '../service/service-place.ts';

interface Status {
  service: {
    name: string;
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

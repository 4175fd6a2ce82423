import { join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { shippedProgram } from '../fixtures/gateway-process.ts';
import { noLab, openLab, type Program } from './network-lab.ts';

const PACKETS = Number(process.env.OPENCLAW_TEST_PACKETS ?? 8000);

/** On average, in bytes: a leak would keep the text of a packet, and an object for it. What comes and goes is less. */
const KEPT_BYTES_PER_PACKET = 128;

/** Bundles a program of this folder and says where it is. */
async function bundled(name: string, dir: string): Promise<string> {
  const outfile = join(dir, `${name}.cjs`);
  await build({
    entryPoints: [join(import.meta.dirname, `${name}.ts`)],
    outfile,
    bundle: true,
    platform: 'node',
  });
  return outfile;
}

/** The bytes that the heap of a program with `report-heap` holds after a collection. */
async function heapOf(program: Program): Promise<number> {
  const from = program.output.length;
  program.child.kill('SIGPWR');
  return Number((await program.said(/heap: (\d+) bytes/, from))[1]);
}

describe.skipIf(noLab())('a storm of random, mutated and false packets', () => {
  test('leaves gateway, memory and log as they were, and the gateway is found during and after it', async () => {
    const program = await shippedProgram();
    await using lab = await openLab();
    const storm = await bundled('packet-storm', lab.dir);
    const env = {
      OPENCLAW_DISABLE_BONJOUR: '0',
      OPENCLAW_MDNS_HOSTNAME: 'gatehost',
      OPENCLAW_LOG_LEVEL: 'debug',
      NODE_OPTIONS: `--require ${await bundled('report-heap', lab.dir)}`,
    };
    const args = ['gateway', 'run', '--allow-unconfigured', '--port', '18789'];
    await using gateway = lab.here.start([process.execPath, program, ...args], env);
    await gateway.said(/announced on the network as "gatehost \(OpenClaw\)"/);
    const throwPackets = (count: number) =>
      lab.there.do([process.execPath, storm, '10.7.0.2', String(count), '1000']);
    const discover = async () => {
      const found = await lab.there.do([process.execPath, program, 'gateway', 'discover', '--json']);
      return JSON.parse(found).beacons.map(({ wsUrl }: { wsUrl: string }) => wsUrl);
    };
    await throwPackets(PACKETS);
    const before = await heapOf(gateway);
    const [, during] = await Promise.all([throwPackets(PACKETS), discover()]);
    expect(during).toContain('ws://10.7.0.1:18789');
    expect(await discover()).toContain('ws://10.7.0.1:18789');
    const kept = (await heapOf(gateway)) - before;
    expect(kept / PACKETS).toBeLessThan(KEPT_BYTES_PER_PACKET);
    const ask = "fetch('http://127.0.0.1:18789/healthz').then(async (r) => console.log(r.status))";
    expect(await lab.here.do([process.execPath, '-e', ask])).toBe('200\n');
    expect(gateway.output.match(/\[discovery\]/g)?.length).toBeLessThan(12);
    if (process.env.OPENCLAW_TEST_PACKETS) console.log(gateway.output);
  });
});

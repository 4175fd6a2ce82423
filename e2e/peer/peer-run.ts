import { startModelServer } from '../../core/testing/model-server.ts';
import { modelConfig } from '../agents/agent-home.ts';
import { agentChecks, peerAgentChecks } from './agent-checks.ts';
import { startGatewayProcess } from './gateway-process.ts';
import { type Check, clientChecks, commandLineChecks, peerCommandLineChecks } from './peer-checks.ts';
import { startPeerGateway } from './peer-gateway.ts';
import { installPeer, type Peer, peerNode } from './peer-install.ts';

export interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

/** Tries our client and command line against both official gateways, and theirs against ours. */
export async function tryPeers(bundle: string, npm: string): Promise<Tally> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const node = await peerNode(npm);
  if (node === undefined) {
    console.log(
      `skipped: no Node ${process.platform}-${process.arch} >= 24.16 is at hand for the official gateway`,
    );
    return { ...tally, skipped: 1 };
  }
  for (const era of ['v4', 'v3'] as const) {
    await counted(tally, `${era} peer`, async () => {
      const peer = await installPeer(era, npm, node);
      await tryPeer(peer, bundle, tally);
    });
  }
  return tally;
}

async function tryPeer(peer: Peer, bundle: string, tally: Tally): Promise<void> {
  const name = `openclaw ${peer.version}`;
  await using model = await startModelServer();
  const config = modelConfig(model);
  {
    await using gateway = await startPeerGateway(peer, config);
    await runChecks(tally, `${name} gateway`, [
      ...clientChecks(peer, gateway),
      ...commandLineChecks(bundle, gateway),
      ...agentChecks(bundle, peer, gateway, model),
    ]);
  }
  await using gateway = await startGatewayProcess(bundle, config);
  await runChecks(tally, `${name} command line`, [
    ...peerCommandLineChecks(peer, gateway),
    ...peerAgentChecks(peer, gateway, model),
  ]);
}

async function runChecks(tally: Tally, subject: string, checks: Check[]): Promise<void> {
  for (const [title, body] of checks) {
    await counted(tally, `${subject}: ${title}`, async () => {
      await body();
      tally.passed += 1;
      console.log(`ok   ${subject}: ${title}`);
    });
  }
}

/** A failure is printed and counted, and the rest goes on. */
async function counted(tally: Tally, title: string, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    tally.failed += 1;
    console.log(`FAIL ${title}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

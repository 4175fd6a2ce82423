import type { GatewayConnection } from '../client/connection.ts';
import { firstMissing } from '../protocol/scopes.ts';
import { asRpcError } from './connect-faults.ts';
import { broken, type Evidence, ok } from './evidence.ts';

/** Method → what it answered. */
export type RpcAnswers = Readonly<Record<string, unknown>>;

interface RpcLookOptions {
  methods: readonly string[];
  timeoutMs: number;
  now(): number;
}

/** The least a query needs. */
const READ = 'operator.read';

/** Scope, RPC and version of a gateway that has said hello. */
export async function lookAtRpc(
  connection: GatewayConnection,
  options: RpcLookOptions,
): Promise<{ evidence: Evidence[]; answers: RpcAnswers }> {
  const { hello } = connection;
  const startMs = options.now();
  // The hello says both: there is nothing more to wait for.
  const atOnce = (evidence: Evidence): Evidence => ({ ...evidence, startMs, ms: 0 });
  const version = atOnce(ok('version', `${hello.server.version}, protocol ${hello.protocol}`));
  if (firstMissing(hello.auth.scopes, [READ]) !== undefined) {
    const scope = atOnce(broken('scope', 'SCOPE_MISSING', { scope: READ, requestId: '' }));
    return { evidence: [scope, version], answers: {} };
  }
  const { methods, timeoutMs } = options;
  const outcomes = await Promise.allSettled(
    methods.map((method) => connection.request(method, {}, { timeoutMs })),
  );
  const failed = outcomes.findIndex(({ status }) => status === 'rejected');
  const rpc = failed === -1 ? ok('rpc') : rpcFault(methods[failed] ?? '', outcomes[failed]);
  const answers = Object.fromEntries(
    outcomes.flatMap((outcome, index) =>
      outcome.status === 'fulfilled' ? [[methods[index] ?? '', outcome.value]] : [],
    ),
  );
  const called = { ...rpc, startMs, ms: options.now() - startMs };
  // Who is refused for a scope has not got it, whatever the hello said.
  const scope = rpc.layer === 'scope' ? [] : [atOnce(ok('scope'))];
  return { evidence: [...scope, called, version], answers };
}

function rpcFault(method: string, outcome: PromiseSettledResult<unknown> | undefined): Evidence {
  const error = asRpcError(outcome?.status === 'rejected' ? outcome.reason : undefined);
  const [, named] = /missing scope(?:: (operator\.[a-z.]+))?/.exec(error.message) ?? [];
  if (error.code === 'FORBIDDEN' || /missing scope/.test(error.message)) {
    return broken('scope', 'SCOPE_MISSING', { scope: named ?? READ, requestId: '' });
  }
  const code = error.code === 'GATEWAY_TIMEOUT' ? 'RPC_SILENT' : 'RPC_FAILED';
  return broken('rpc', code, { method, reason: error.message });
}

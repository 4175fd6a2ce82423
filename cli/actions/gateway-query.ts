import { inLanguage } from '../../core/messages/in-language.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { withGateway } from '../gateway.ts';
import type { Action } from '../invocation.ts';
import { leastScopes } from '../least-scopes.ts';
import type { QueryOptions } from '../options.ts';

export const gatewayHealth: Action<QueryOptions> = (invocation) => {
  const { output, cli } = invocation;
  cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: ['operator.read'] }, async ({ connection, timeLeft }) => {
    const health = await connection.call('health', undefined, { timeoutMs: timeLeft() });
    if (output.json) output.value(health);
    else {
      output.line(output.style.bold(inLanguage(invocation.language)('Gateway Health')));
      output.line(`${output.style.green('OK')} (${Math.round(health.durationMs)}ms)`);
    }
    return 0;
  });
};

interface CallFlags extends QueryOptions {
  params: string;
}

const LABEL = 'Gateway call failed';

export const gatewayCall: Action<CallFlags> = async (invocation) => {
  const { output, cli, options, args } = invocation;
  const [method = ''] = args;
  if (method.trim() === '') {
    throw new RpcError('BAD_ARGUMENT', `${LABEL}: the method is empty. Name one, such as health or status.`);
  }
  const params = parseParams(options.params);
  cli.endWhenInterrupted();
  const request = { scopes: await leastScopes(method), label: LABEL };
  return withGateway(invocation, request, async ({ connection, timeLeft }) => {
    const { expectFinal } = options;
    const result = await connection.request(method, params, { timeoutMs: timeLeft(), expectFinal });
    if (!output.json)
      output.line(output.style.bold(inLanguage(invocation.language)(`Gateway call: ${method}`)));
    output.value(result);
    return 0;
  });
};

function parseParams(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RpcError('BAD_ARGUMENT', `${LABEL}: --params must be valid JSON.`);
  }
}

import { RpcError } from '../../core/protocol/errors.ts';
import { commandName } from '../command-name.ts';
import { type OpenGateway, withGateway, withScopes } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import { fieldLines } from '../layout.ts';
import type { QueryOptions } from '../options.ts';
import { tellLines } from '../told-lines.ts';
import { deviceName, type Listing, type Paired, type Pending, pendingFields } from './device-text.ts';

type Query = Invocation<QueryOptions>;

const PAIRING = ['operator.pairing'];

export interface ApproveOptions extends QueryOptions {
  scope?: string[];
}

/** Whoever approves must hold all that the device will be able to do: what it is given and what it has. */
export const devicesApprove: Action<ApproveOptions> = (invocation) =>
  withRequest(invocation, (gateway, { requestId, pending, paired }) => {
    const given = invocation.options.scope ?? pending?.scopes ?? [];
    const scopes = [...PAIRING, ...given, ...(paired?.scopes ?? [])];
    return withScopes(invocation, gateway, scopes, (able) => approve(invocation, able, requestId));
  });

export const devicesReject: Action<QueryOptions> = (invocation) =>
  withRequest(invocation, async ({ connection, timeLeft }, { requestId, pending }) => {
    const { output } = invocation;
    const result = await connection.call('device.pair.reject', { requestId }, { timeoutMs: timeLeft() });
    if (output.json) output.value(result);
    else tellLines(invocation, `Rejected ${pending ? deviceName(pending) : requestId}.`);
    return 0;
  });

async function approve(
  invocation: Invocation<ApproveOptions>,
  { connection, timeLeft }: OpenGateway,
  requestId: string,
): Promise<number> {
  const { output, options } = invocation;
  const { scope: scopes } = options;
  const params = scopes === undefined ? { requestId } : { requestId, scopes };
  const result = await connection.call('device.pair.approve', params, { timeoutMs: timeLeft() });
  if (output.json) output.value(result);
  else tellLines(invocation, `Approved ${deviceName(result.device)}.`);
  return 0;
}

interface Choice {
  requestId: string;
  /** Absent when no such request waits; the gateway will say so. */
  pending: Pending | undefined;
  /** The device, when it is known already. */
  paired: Paired | undefined;
}

/** Shows the request that the arguments mean before `task` decides about it. */
function withRequest(
  invocation: Query,
  task: (gateway: OpenGateway, choice: Choice) => Promise<number>,
): Promise<number> {
  invocation.cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: PAIRING }, async (gateway) => {
    const { connection, timeLeft } = gateway;
    const listing = await connection.call('device.pair.list', {}, { timeoutMs: timeLeft() });
    const choice = choose(listing, invocation.args[0], commandName(invocation));
    if (choice.pending && !invocation.output.json) show(invocation, choice.pending);
    return task(gateway, choice);
  });
}

function show(invocation: Query, pending: Pending): void {
  const { output, cli, language } = invocation;
  tellLines(invocation, `Pairing request ${pending.requestId}`);
  const fields = pendingFields(pending, cli.clock.now());
  for (const line of fieldLines(fields, output.width, language)) output.line(line);
}

/** Without an id there must be no doubt: never the newest of several, which may be anybody's. */
function choose({ pending, paired }: Listing, requestId: string | undefined, command: string): Choice {
  const choiceOf = (id: string): Choice => {
    const request = pending.find((candidate) => candidate.requestId === id);
    return {
      requestId: id,
      pending: request,
      paired: paired.find(({ deviceId }) => deviceId === request?.deviceId),
    };
  };
  if (requestId !== undefined) return choiceOf(requestId);
  const [only, ...others] = pending;
  if (!only) throw new RpcError('BAD_ARGUMENT', 'No pairing request is waiting.');
  if (others.length === 0) return choiceOf(only.requestId);
  throw new RpcError(
    'BAD_ARGUMENT',
    [
      `${pending.length} pairing requests are waiting; name the one you mean:`,
      ...pending.map((request) => `  ${request.requestId}  ${deviceName(request)}, ${request.role}`),
      `See them: ${command} devices list`,
    ].join('\n'),
    { pending },
  );
}

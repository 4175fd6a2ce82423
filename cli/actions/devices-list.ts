import { commandName } from '../command-name.ts';
import { withGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import { fieldLines } from '../layout.ts';
import type { QueryOptions } from '../options.ts';
import { safeText } from '../output.ts';
import { tellLines } from '../told-lines.ts';
import { type Listing, pairedFields, pendingFields } from './device-text.ts';

export const devicesList: Action<QueryOptions> = (invocation) => {
  const { output, cli } = invocation;
  cli.endWhenInterrupted();
  return withGateway(invocation, { scopes: ['operator.pairing'] }, async ({ connection, timeLeft }) => {
    const listing = await connection.call('device.pair.list', {}, { timeoutMs: timeLeft() });
    if (output.json) output.value(listing);
    else printListing(invocation, listing);
    return 0;
  });
};

function printListing(invocation: Invocation<QueryOptions>, { pending, paired }: Listing): void {
  const { output, cli, language } = invocation;
  const now = cli.clock.now();
  const print = (id: string, fields: Parameters<typeof fieldLines>[0]): void => {
    output.line();
    output.line(`  ${output.style.bold(safeText(id))}`);
    for (const line of fieldLines(fields, output.width, language)) output.line(line);
  };
  tellLines(invocation, `Pairing requests that wait: ${pending.length}`);
  for (const request of pending) print(request.requestId, pendingFields(request, now));
  if (pending.length > 0) {
    output.line();
    const devices = `${commandName(invocation)} devices`;
    tellLines(invocation, `  Decide: ${devices} approve <request> | ${devices} reject <request>`);
  }
  output.line();
  tellLines(invocation, `Paired devices: ${paired.length}`);
  for (const device of paired) print(device.deviceId, pairedFields(device, now));
}

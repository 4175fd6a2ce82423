import { statusMessages } from '../../core/messages/status-messages.ts';
import { waitUntilReady } from '../../core/verdict/wait-ready.ts';
import type { Action } from '../invocation.ts';
import { lookHere } from '../operate/look-here.ts';
import { verdictDocument, verdictLines } from '../operate/verdict-text.ts';
import type { QueryOptions } from '../options.ts';

/** Exit 0 as soon as the gateway is well; otherwise, when the time is over, 1 and the last verdict. */
export const gatewayWaitReady: Action<QueryOptions> = async (invocation) => {
  const { cli, output, options, language } = invocation;
  cli.endWhenInterrupted();
  const { ready, last, looks, waitedMs } = await waitUntilReady({
    clock: cli.clock,
    timeoutMs: options.timeout ?? 60_000,
    look: (timeoutMs) => lookHere(invocation, { probe: true, timeoutMs }),
    isReady: ({ inspection }) => inspection.verdict.ok,
  });
  const { verdict, fix } = last.inspection;
  const url = last.target?.url;
  if (output.json) {
    output.value({ ok: ready, url, waitedMs, looks, verdict: verdictDocument(verdict, fix) });
    return ready ? 0 : 1;
  }
  const say = statusMessages.in(language);
  if (ready && url !== undefined) output.line(say('ready', { url, ms: waitedMs }));
  else {
    output.line(say('notReady', { ms: waitedMs }));
    for (const line of verdictLines(verdict, fix, invocation)) output.line(line);
  }
  return ready ? 0 : 1;
};

import { randomUUID } from 'node:crypto';
import { asObject, asText, type Json, valueAt } from '../../core/lib/json.ts';
import { RpcError } from '../../core/protocol/errors.ts';
import { commandHint, SAFE_WORD } from '../command-hint.ts';
import type { AgentFlags } from '../commands/agent.ts';
import { AnswerPrinter, type Screen } from '../conversation/answer-printer.ts';
import { ApprovalWatch } from '../conversation/approval-watch.ts';
import { type Interrupts, takeInterrupts } from '../conversation/interrupts.ts';
import { runStep } from '../conversation/run-step.ts';
import { terminalApprover } from '../conversation/terminal-approver.ts';
import { type OpenGateway, reachGateway, withGateway } from '../gateway.ts';
import type { Action, Invocation } from '../invocation.ts';
import type { QueryOptions } from '../options.ts';
import { tellNote } from '../told-lines.ts';

type AgentCall = Invocation<AgentFlags & QueryOptions>;

const WANT = { scopes: ['operator.read', 'operator.write'], caps: ['tool-events'] };
/** How long the end of a run that was told to end is waited for. */
const ABORT_MS = 5_000;
/** What an answer may take to arrive after the time of its run is over. */
const GRACE_MS = 15_000;

/** One message, one answer: on stdout as it comes in, everything else on stderr. */
export const agent: Action<AgentFlags & QueryOptions> = async (invocation) => {
  const message = await messageOf(invocation);
  const interrupts = takeInterrupts(invocation.cli);
  try {
    const talk = withGateway(queryOf(invocation), WANT, (gateway) =>
      new AgentRun(invocation, gateway, interrupts).ask(message),
    );
    return await Promise.race([talk, interrupts.ended]);
  } finally {
    interrupts.off();
  }
};

/** `--timeout` of this command is about the answer, not about reaching the gateway. */
const queryOf = (invocation: AgentCall): Invocation<QueryOptions> => ({
  ...invocation,
  options: { ...invocation.options, timeout: undefined } as QueryOptions,
});

async function messageOf(invocation: AgentCall): Promise<string> {
  const { options, cli } = invocation;
  const message = options.message === '-' ? await cli.readInput() : options.message;
  if (message?.trim()) return message;
  const problem = message === undefined ? 'There is no message.' : 'The message is empty.';
  throw new RpcError(
    'BAD_ARGUMENT',
    `${problem}\nFix: ${commandHint(queryOf(invocation), 'agent --message "hello"')}`,
  );
}

class AgentRun {
  readonly #invocation: AgentCall;
  readonly #gateway: OpenGateway;
  readonly #interrupts: Interrupts;
  readonly #printer: AnswerPrinter;
  readonly #approvals: ApprovalWatch;
  readonly #runId = randomUUID();
  #isInterrupted = false;
  /** Why the run failed, as its events tell: v3 gateways answer with the same words as if the agent had said them. */
  #failure: string | undefined;

  constructor(invocation: AgentCall, gateway: OpenGateway, interrupts: Interrupts) {
    this.#invocation = invocation;
    this.#gateway = gateway;
    this.#interrupts = interrupts;
    this.#printer = new AnswerPrinter(screenOf(invocation));
    this.#approvals = this.#watchApprovals();
  }

  async ask(message: string): Promise<number> {
    const { connection } = this.#gateway;
    for (const name of ['agent', 'chat']) connection.on(name, (payload) => this.#take(name, payload));
    const final = connection.request('agent', this.#params(message), {
      expectFinal: true,
      timeoutMs: this.#limitMs(),
    });
    this.#interrupts.onFirst(() => void this.#abort());
    try {
      return this.#finish(asObject(await final));
    } catch (error) {
      this.#printer.finish();
      if (this.#isInterrupted) return 130;
      this.#adviseAfter(error);
      throw error;
    } finally {
      this.#approvals.close();
    }
  }

  #params(message: string): Json {
    const { agent, thinking, timeout } = this.#invocation.options;
    const session = this.#sessionKey();
    return {
      message,
      idempotencyKey: this.#runId,
      ...(agent === undefined ? {} : { agentId: agent }),
      ...(session === undefined ? {} : { sessionKey: session }),
      ...(thinking === undefined ? {} : { thinking }),
      ...(timeout === undefined ? {} : { timeout }),
    };
  }

  /** Gateways of other versions begin a session for each message that names neither session nor agent, or refuse it. */
  #sessionKey(): string | undefined {
    const { agent, session } = this.#invocation.options;
    return session ?? (agent === undefined ? 'main' : undefined);
  }

  #limitMs(): number {
    const { timeout } = this.#invocation.options;
    return timeout ? timeout * 1000 + GRACE_MS : Number.POSITIVE_INFINITY;
  }

  #take(event: string, payload: unknown): void {
    const step = runStep(event, payload);
    if (step?.runId !== this.#runId) return;
    const { what } = step;
    if (what.type === 'end') {
      this.#failure = what.state === 'error' ? what.message : undefined;
      return;
    }
    if (what.type === 'tool-start') this.#approvals.toolStarted(what.id);
    if (what.type === 'tool-result') this.#approvals.toolEnded(what.id);
    const { options, output } = this.#invocation;
    if (!output.json && (options.stream || what.type !== 'text')) this.#printer.show(what);
  }

  #finish(result: Json): number {
    if (this.#failure !== undefined) throw new RpcError('UNAVAILABLE', this.#failure);
    const { output } = this.#invocation;
    const isAborted = valueAt(result, 'result.meta.aborted') === true;
    if (output.json) output.value(result);
    else {
      this.#printer.finish(answerText(result));
      if (!this.#isInterrupted) this.#remark(isAborted);
    }
    if (this.#isInterrupted) return 130;
    return isAborted ? 1 : 0;
  }

  #remark(isAborted: boolean): void {
    if (isAborted) {
      this.#note(
        'The run was ended before the answer was complete: its time was over, or somebody stopped it.',
      );
    } else if (!this.#printer.hasText) this.#note('The agent had nothing to say.');
  }

  async #abort(): Promise<void> {
    this.#isInterrupted = true;
    const { connection } = this.#gateway;
    const { agent: agentId, session } = this.#invocation.options;
    const sessionKey = session ?? 'main';
    const params = { sessionKey, runId: this.#runId, ...(agentId === undefined ? {} : { agentId }) };
    try {
      await connection.request('chat.abort', params, { timeoutMs: ABORT_MS });
      await this.#invocation.cli.clock.sleep(ABORT_MS);
    } catch (error) {
      this.#note(`The run could not be stopped: ${error instanceof Error ? error.message : String(error)}`);
    }
    this.#interrupts.press();
  }

  #watchApprovals(): ApprovalWatch {
    const invocation = this.#invocation;
    const open = async () => {
      const reached = await reachGateway(queryOf(invocation), { scopes: ['operator.approvals'] });
      if (reached.ok) return reached.connection;
      throw reached.error;
    };
    return new ApprovalWatch({
      clock: invocation.cli.clock,
      open,
      isOurs: (approval) => approval.runId === this.#runId,
      approver: terminalApprover(invocation, {
        aside: (line) => this.#printer.aside(line),
        interrupted: () => this.#interrupts.press(),
      }),
    });
  }

  /** The gateway may go on with a run whose asker has lost it. */
  #adviseAfter(error: unknown): void {
    if (this.#invocation.output.json || !(error instanceof RpcError)) return;
    if (error.details?.kind !== 'closed' && error.details?.kind !== 'timeout') return;
    const key = this.#invocation.options.session ?? 'main';
    const words = SAFE_WORD.test(key) ? `sessions show ${key}` : 'sessions list';
    this.#note(`The answer may still be written: ${commandHint(this.#invocation, words)}`);
  }

  #note(text: string): void {
    if (!this.#invocation.output.json) tellNote(this.#invocation, text);
  }
}

function screenOf({ cli, output }: AgentCall): Screen {
  return {
    isShared: cli.stdout.isTTY === true && cli.stderr.isTTY === true,
    width: output.width - 1,
    write: (text) => void cli.stdout.write(text),
    aside: (line) => output.note(output.noteStyle.dim(line)),
  };
}

/** Source: CLI samples, up-call-agent-final. */
function answerText(result: Json): string {
  const payloads = valueAt(result, 'result.payloads');
  if (!Array.isArray(payloads)) return '';
  return payloads.flatMap((payload) => asText(asObject(payload).text) ?? []).join('\n\n');
}

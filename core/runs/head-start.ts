import type { ModelEvent } from '../models/model.ts';
import { type AgentTask, type RunContext, type RunContextDeps, runContext } from './run-context.ts';
import type { RunRequest } from './run-desk.ts';
import type { MessageBody } from './transcript.ts';

/**
 * Asks the model while the message is still on its way to the disk. Nobody is told anything before it is there: what
 * the model says waits until the run takes it, and is thrown away when the message could not be stored.
 */
export class HeadStart {
  /** The context of the run, whose first stream has begun already. */
  readonly context: Promise<RunContext>;
  private readonly control = new AbortController();
  private events: AsyncIterator<ModelEvent> | undefined;

  constructor(deps: RunContextDeps, task: AgentTask, run: RunRequest, question: MessageBody) {
    this.context = runContext(deps, task, run, question).then((context) => this.begin(deps, context));
    this.context.catch(() => {});
  }

  /** Ends the request when the run ends. */
  follow(signal: AbortSignal): void {
    if (signal.aborted) this.end();
    else signal.addEventListener('abort', () => this.end(), { once: true });
  }

  /** Also lets go of a stream that nobody has read to its end. */
  end(): void {
    this.control.abort();
    this.events?.return?.().catch(() => {});
  }

  private begin(deps: RunContextDeps, context: RunContext): RunContext {
    const { signal } = this.control;
    // A program that answers like a model can do anything, so it waits for its turn.
    if (signal.aborted || !context.chain.every((ref) => deps.mayAskEarly(ref))) return context;
    const events = context.stream(context.past, context.tools, signal)[Symbol.asyncIterator]();
    this.events = events;
    const first = events.next();
    first.catch(() => {});
    let isTaken = false;
    const stream: RunContext['stream'] = (...request) => {
      if (isTaken) return context.stream(...request);
      isTaken = true;
      return continued(events, first);
    };
    return { ...context, stream };
  }
}

async function* continued(
  events: AsyncIterator<ModelEvent>,
  first: Promise<IteratorResult<ModelEvent>>,
): AsyncGenerator<ModelEvent> {
  try {
    for (let next = await first; !next.done; next = await events.next()) yield next.value;
  } finally {
    await events.return?.();
  }
}

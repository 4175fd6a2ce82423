import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Clock } from '../lib/clock.ts';
import type { CliBackend } from './cli-backend.ts';
import { type CliInvocation, cliInvocation } from './cli-invocation.ts';
import { type CliReader, createCliReader } from './cli-output.ts';
import type { ModelEvent, ModelRef, ModelRequest } from './model.ts';
import { abortedError, ModelError, type ModelErrorKind, shownText } from './model-error.ts';
import { programEnv } from './program-env.ts';
import { findProgram } from './program-lookup.ts';
import { type ProgramEnd, runProgram } from './program-run.ts';
import { startWatchdog, type WaitLimit } from './watchdog.ts';

export interface CliStreamDeps {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  /** A line for the console: what was started, what it printed, how it ended. */
  log?: ((line: string) => void) | undefined;
  onRaw?: ((event: unknown) => void) | undefined;
}

/** One run of a CLI backend. Throws a `ModelError`; ending it early, or its abort, ends the whole process tree. */
export async function* cliStream(
  backend: CliBackend,
  request: ModelRequest,
  deps: CliStreamDeps,
): AsyncGenerator<ModelEvent> {
  if (request.signal.aborted) throw abortedError(request.model);
  const path = programPath(backend, request.model, deps.env);
  const invocation = cliInvocation(backend, request);
  const control = new AbortController();
  const abort = (): void => control.abort(abortedError(request.model));
  request.signal.addEventListener('abort', abort, { once: true });
  const watchdog = startWatchdog(deps.clock, invocation.limits, (limit, waitedMs) =>
    control.abort(silentError(backend, request.model, limit, waitedMs)),
  );
  const say = (line: string): void => deps.log?.(`[${backend.id}] ${line}`);
  const reader = createCliReader(invocation.output, backend.sessionIdFields, deps.onRaw);
  const program = runProgram({
    path,
    args: invocation.args,
    stdin: invocation.stdin,
    env: programEnv(backend, deps.env),
    cwd: directoryOf(request),
    clock: deps.clock,
    signal: control.signal,
    onStderr: (text) => logLines(say, 'stderr', text),
    onBytes: watchdog.touch,
  });
  say(`start ${path} (${invocation.args.length} arguments, ${invocation.stdin.length} characters of input)`);
  try {
    const end = yield* answerOf(program, reader, say);
    say(`end code=${end.code ?? 'none'}${end.signal ? ` signal=${end.signal}` : ''}`);
    refuseFailure(backend, request.model, end, reader);
    yield* closing(reader, invocation);
  } finally {
    watchdog.stop();
    request.signal.removeEventListener('abort', abort);
    await program.return({ code: null, signal: null, stderr: '', tooLong: false, startFailure: undefined });
  }
}

async function* answerOf(
  program: AsyncGenerator<string, ProgramEnd>,
  reader: CliReader,
  say: (line: string) => void,
): AsyncGenerator<ModelEvent, ProgramEnd> {
  for (;;) {
    const next = await program.next();
    if (next.done) {
      // A program that failed may have printed half a message as its last words.
      if (next.value.code === 0) yield* reader.end();
      return next.value;
    }
    logLines(say, 'stdout', next.value);
    yield* reader.push(next.value);
  }
}

function* closing(reader: CliReader, invocation: CliInvocation): Generator<ModelEvent> {
  const { usage, sessionId = invocation.sessionId } = reader.state();
  if (usage !== undefined) yield { type: 'usage', usage };
  yield { type: 'finish', reason: 'stop', ...(sessionId === undefined ? {} : { sessionId }) };
}

function programPath(backend: CliBackend, ref: ModelRef, env: NodeJS.ProcessEnv): string {
  const found = findProgram(backend.command, env);
  if (found.ok) return found.path;
  throw new ModelError(
    'no-model',
    `CLI backend "${backend.id}" cannot run: ${found.reason}.\nFix: install it, or openclaw config set agents.defaults.cliBackends.${backend.id}.command /path/to/program`,
    ref,
  );
}

function directoryOf({ cwd, model }: ModelRequest): string {
  const directory = cwd ?? homedir();
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return directory;
  throw new ModelError('format', `The working directory ${directory} does not exist. Create it.`, model);
}

function silentError(backend: CliBackend, ref: ModelRef, limit: WaitLimit, waitedMs: number): ModelError {
  const seconds = Math.round(waitedMs / 1000);
  const text = limit === 'total' ? `did not finish within ${seconds} s` : `printed nothing for ${seconds} s`;
  return new ModelError(
    'timeout',
    `CLI backend "${backend.id}" ${text} and was ended. More time: agents.defaults.cliBackends.${backend.id}.reliability.watchdog.`,
    ref,
  );
}

function refuseFailure(backend: CliBackend, ref: ModelRef, end: ProgramEnd, reader: CliReader): void {
  const { failure, answered } = reader.state();
  const name = `CLI backend "${backend.id}"`;
  if (end.startFailure) throw failed('server', `${name} cannot be started (${end.startFailure.code}).`, ref);
  if (end.tooLong) throw failed('format', `${name} printed more than 16 MiB and was ended.`, ref);
  const said = shownText(failure ?? lastLine(end.stderr));
  if (end.code !== 0 || (failure !== undefined && !answered)) {
    throw failed(kindOf(said), `${name} ${endText(end)}${reasonText(said)}`, ref);
  }
  if (!answered) throw failed('format', `${name} ended without an answer. Check its args and output.`, ref);
}

const endText = ({ code, signal }: ProgramEnd): string =>
  signal ? `was ended by ${signal}` : `ended with exit code ${code}`;

const reasonText = (said: string): string =>
  said === '' ? '. Start the gateway with --cli-backend-logs to see its output.' : `: ${said}`;

/** A program that failed once did its work once: it is not simply started again. */
const failed = (kind: ModelErrorKind, message: string, ref: ModelRef): ModelError =>
  new ModelError(kind, message, ref, { retryable: false });

function kindOf(text: string): ModelErrorKind {
  if (/rate.?limit|usage limit|too many requests|\b429\b/i.test(text)) return 'rate-limit';
  if (/log ?in|api key|unauthori[sz]ed|authenticat|\b401\b|credential/i.test(text)) return 'auth';
  if (/context (length|window)|prompt is too long/i.test(text)) return 'context';
  return /overloaded|\b529\b/i.test(text) ? 'overloaded' : 'server';
}

const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';

function logLines(say: (line: string) => void, stream: string, text: string): void {
  for (const line of text.split('\n')) {
    const shown = shownText(line);
    if (shown !== '') say(`${stream}: ${shown}`);
  }
}

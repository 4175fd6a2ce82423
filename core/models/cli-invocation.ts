import { asText } from '../lib/json.ts';
import type { CliBackend, CliOutput } from './cli-backend.ts';
import { BACKEND_DEFAULT_MODEL, ownValue } from './known-providers.ts';
import type { ModelMessage, ModelRequest } from './model.ts';
import { ModelError } from './model-error.ts';
import type { WaitLimits } from './watchdog.ts';

/** What is started: an argument vector, never a command line for a shell. */
export interface CliInvocation {
  args: string[];
  stdin: string;
  output: CliOutput;
  limits: WaitLimits;
  /** The id of the session this run belongs to, when it is known before the program has said it. */
  sessionId: string | undefined;
}

const MAX_EARLIER_CHARS = 64 * 1024;
const SESSION_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

/** The arguments and the input of one run. A run that goes on with a session sends only what is new. */
export function cliInvocation(backend: CliBackend, request: ModelRequest): CliInvocation {
  const resume = resumedSession(backend, request);
  const prompt = promptText(backend, request, resume !== undefined);
  const byStdin = backend.input === 'stdin' || prompt.length > backend.maxPromptArgChars;
  const args = [
    ...baseArgs(backend, resume),
    ...modelArgs(backend, request),
    ...systemArgs(backend, request, resume !== undefined),
    ...sessionArgs(backend, request, resume),
    ...(byStdin ? [] : [plainArgument(prompt)]),
  ];
  refuseNul(args, request);
  return {
    args,
    stdin: byStdin ? prompt : '',
    output: resume === undefined ? backend.output : backend.resumeOutput,
    limits: resume === undefined ? backend.limits.fresh : backend.limits.resume,
    sessionId: resume ?? (backend.sessionMode === 'always' ? request.session?.id : undefined),
  };
}

/** An id that a program once printed comes back as an argument, so only plain ones are taken up. */
function resumedSession(backend: CliBackend, { session }: ModelRequest): string | undefined {
  const canResume = backend.resumeArgs ?? backend.sessionArg ?? backend.sessionArgs;
  const id = session?.resume;
  if (backend.sessionMode === 'none' || canResume === undefined || id === undefined) return undefined;
  return isSessionId(id) ? id : undefined;
}

export const isSessionId = (text: string): boolean => SESSION_ID.test(text);

const baseArgs = (backend: CliBackend, resume: string | undefined): string[] =>
  resume === undefined ? backend.args : withSession(backend.resumeArgs ?? backend.args, resume);

const withSession = (args: readonly string[], id: string): string[] =>
  args.map((arg) => arg.replaceAll('{sessionId}', id));

function modelArgs(backend: CliBackend, { model }: ModelRequest): string[] {
  if (backend.modelArg === undefined || model.model === BACKEND_DEFAULT_MODEL) return [];
  const name = asText(ownValue(backend.modelAliases, model.model)) ?? model.model;
  if (!name.startsWith('-')) return [backend.modelArg, name];
  throw new ModelError('no-model', `"${name}" cannot be the name of a model.`, model);
}

function systemArgs(backend: CliBackend, { system }: ModelRequest, resumes: boolean): string[] {
  if (!system || backend.systemPromptArg === undefined || !sendsSystem(backend, resumes)) return [];
  return [backend.systemPromptArg, plainArgument(system.slice(0, backend.maxPromptArgChars))];
}

const sendsSystem = ({ systemPromptWhen }: CliBackend, resumes: boolean): boolean =>
  systemPromptWhen === 'always' || (systemPromptWhen === 'first' && !resumes);

function sessionArgs(backend: CliBackend, request: ModelRequest, resume: string | undefined): string[] {
  const isInArgs = resume !== undefined && backend.resumeArgs !== undefined;
  const fresh = backend.sessionMode === 'always' ? request.session?.id : undefined;
  const id = resume ?? fresh;
  if (isInArgs || id === undefined) return [];
  if (backend.sessionArgs) return withSession(backend.sessionArgs, id);
  return backend.sessionArg === undefined ? [] : [backend.sessionArg, id];
}

/** A message that begins like an option must not become one. */
const plainArgument = (text: string): string => (text.startsWith('-') ? ` ${text}` : text);

function refuseNul(args: readonly string[], { model }: ModelRequest): void {
  if (!args.some((arg) => arg.includes('\0'))) return;
  throw new ModelError('format', 'The message holds a NUL character, which no program takes.', model);
}

function promptText(backend: CliBackend, request: ModelRequest, resumes: boolean): string {
  const { messages, system } = request;
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const current = messages.slice(Math.max(0, last)).map(plainText).filter(Boolean).join('\n\n');
  if (resumes) return current;
  const earlier = messages.slice(0, Math.max(0, last)).map(spoken).filter(Boolean).join('\n\n');
  const isPrefixed = system && backend.systemPromptArg === undefined && sendsSystem(backend, false);
  const before = earlier.length > MAX_EARLIER_CHARS ? `…${earlier.slice(-MAX_EARLIER_CHARS)}` : earlier;
  return [
    ...(isPrefixed ? [system] : []),
    ...(before === '' ? [] : [`This conversation so far:\n\n${before}\n\nThe message to answer now:`]),
    current,
  ].join('\n\n');
}

function spoken(message: ModelMessage): string {
  const text = plainText(message);
  const who = { user: 'User', assistant: 'Assistant', tool: 'Tool' };
  return text === '' ? '' : `${who[message.role]}: ${text}`;
}

function plainText({ content }: ModelMessage): string {
  if (typeof content === 'string') return content;
  const texts = content.map((part) => {
    if (part.type === 'file') return `[${part.name ?? 'An attachment'} (${part.mimeType}) is left out.]`;
    return part.type === 'text' || part.type === 'tool-result' ? part.text : '';
  });
  return texts.filter((text) => text !== '').join('\n');
}

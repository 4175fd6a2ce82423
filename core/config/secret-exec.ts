import { type ChildProcess, spawn } from 'node:child_process';
import { realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative } from 'node:path';
import { type ConfigObject, isObject, valueAt } from './config-path.ts';
import type { SecretResult } from './secrets.ts';

const DEFAULT_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_OUTPUT = 1024 * 1024;

/** Variables a child gets without being asked for: what programs need to run at all, nothing of ours. */
const BASE_ENV = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'USERPROFILE',
];

/**
 * A secret of an exec provider: an absolute command, run without a shell and with an allow-list of variables, is
 * asked on stdin for one id and answers on stdout (protocol version 1). Its stderr is dropped, it may hold secrets.
 */
export async function execSecret(
  provider: ConfigObject,
  name: string,
  id: string,
  env: NodeJS.ProcessEnv,
): Promise<SecretResult> {
  const command = provider.command;
  if (typeof command !== 'string' || !isAbsolute(command)) return refuse(name, 'needs an absolute "command"');
  const unsafe = await commandProblem(provider, command);
  if (unsafe !== undefined) return refuse(name, unsafe);
  const question = JSON.stringify({ protocolVersion: 1, provider: name, ids: [id] });
  const child = spawn(command, texts(provider.args), {
    env: childEnv(provider, env),
    shell: false,
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
    detached: process.platform !== 'win32',
  });
  const output = await collect(child, question, {
    timeoutMs: positive(provider.timeoutMs) ?? DEFAULT_TIMEOUT_MS,
    quietMs: positive(provider.noOutputTimeoutMs),
    maxBytes: positive(provider.maxOutputBytes) ?? DEFAULT_MAX_OUTPUT,
  });
  return output.ok
    ? answerFor(output.text, name, id, provider.jsonOnly !== false)
    : refuse(name, output.reason);
}

async function commandProblem(provider: ConfigObject, command: string): Promise<string | undefined> {
  const real = await realpath(command).catch(() => undefined);
  if (real === undefined) return `cannot find ${command}`;
  if (real !== command && provider.allowSymlinkCommand !== true) {
    return `is reached through a link (${command}). Name the real file or set allowSymlinkCommand`;
  }
  const trusted = texts(provider.trustedDirs);
  if (trusted.length > 0 && !trusted.some((dir) => isIn(dir, real)))
    return `is not in one of its trustedDirs`;
  if (provider.allowInsecurePath === true || process.platform === 'win32') return undefined;
  for (const path of [real, dirname(real)]) {
    if (((await stat(path)).mode & 0o022) !== 0)
      return `can be changed by others (${path}). Tighten its mode`;
  }
  return undefined;
}

function isIn(dir: string, file: string): boolean {
  const path = relative(dir, file);
  return isAbsolute(dir) && path !== '' && !path.startsWith('..') && !isAbsolute(path);
}

/** Names of the variables that the command of a provider gets from this process. */
export const inheritedVariables = (provider: ConfigObject): string[] => [
  ...BASE_ENV,
  ...texts(provider.passEnv),
];

function childEnv(provider: ConfigObject, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = inheritedVariables(provider).filter((key) => env[key] !== undefined);
  const own = isObject(provider.env)
    ? Object.entries(provider.env).filter(([, value]) => typeof value === 'string')
    : [];
  return {
    ...Object.fromEntries(passed.map((key) => [key, env[key]])),
    ...(Object.fromEntries(own) as NodeJS.ProcessEnv),
  };
}

type Output = { ok: true; text: string } | { ok: false; reason: string };

interface Limits {
  timeoutMs: number;
  quietMs: number | undefined;
  maxBytes: number;
}

function collect(child: ChildProcess, question: string, limits: Limits): Promise<Output> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const end = (output: Output): void => {
      clearTimeout(deadline);
      clearTimeout(quiet);
      if (!output.ok) kill(child);
      resolve(output);
    };
    const deadline = setTimeout(
      () => end({ ok: false, reason: `did not answer within ${limits.timeoutMs} ms` }),
      limits.timeoutMs,
    );
    const watchQuiet = (): NodeJS.Timeout | undefined =>
      limits.quietMs === undefined
        ? undefined
        : setTimeout(() => end({ ok: false, reason: `was silent for ${limits.quietMs} ms` }), limits.quietMs);
    let quiet = watchQuiet();
    child.stdout?.on('data', (chunk: Buffer) => {
      clearTimeout(quiet);
      quiet = watchQuiet();
      bytes += chunk.length;
      if (bytes > limits.maxBytes) end({ ok: false, reason: `answered more than ${limits.maxBytes} bytes` });
      else chunks.push(chunk);
    });
    child.on('error', (error: NodeJS.ErrnoException) =>
      end({ ok: false, reason: `cannot be run (${error.code ?? 'unknown error'})` }),
    );
    child.on('close', (code, signal) => {
      const text = Buffer.concat(chunks).toString('utf8');
      end(code === 0 ? { ok: true, text } : { ok: false, reason: `ended with ${signal ?? `code ${code}`}` });
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(`${question}\n`);
  });
}

/** The whole group, so that helpers of a slow command go with it. */
function kill(child: ChildProcess): void {
  try {
    if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
    else child.kill('SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function answerFor(text: string, name: string, id: string, jsonOnly: boolean): SecretResult {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    const plain = text.trim();
    return jsonOnly || plain === '' ? refuse(name, 'did not answer with JSON') : { ok: true, value: plain };
  }
  const value = valueAt(answer, ['values', id]);
  if (valueAt(answer, ['protocolVersion']) === 1 && typeof value === 'string' && value !== '')
    return { ok: true, value };
  return refuse(
    name,
    valueAt(answer, ['errors', id]) === undefined
      ? `has no value for "${id}"`
      : `reports an error for "${id}"`,
  );
}

const refuse = (name: string, reason: string): SecretResult => ({
  ok: false,
  reason: `The command of secrets.providers.${name} ${reason}.`,
});

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

const positive = (value: unknown): number | undefined =>
  typeof value === 'number' && value > 0 ? value : undefined;

import { type ConfigObject, valueAtText } from '../config/config-path.ts';
import { REDACTED } from '../config/redaction.ts';
import { secretRefOf } from '../config/secrets.ts';
import type { GatewaySettings } from '../config/settings.ts';
import { problem, type ServiceProblem } from './service-manager.ts';

export interface TokenSubject {
  /** Of `--token`. */
  given: string | undefined;
  /** What only the shell of the installing command has. */
  shell: { token: string | undefined; password: string | undefined };
  /** The configuration as written, with included files. */
  written: ConfigObject;
  /** What the service would start with; throws SECRET_UNRESOLVED when a secret that counts cannot be had. */
  settings(): GatewaySettings;
  newToken(): string;
}

export type TokenDecision =
  | { kind: 'blocked'; problem: ServiceProblem }
  /** There is all that the service needs. */
  | { kind: 'keep' }
  /** Goes to gateway.auth.token of the configuration, which only its owner can read. */
  | { kind: 'store'; token: string; note: 'TOKEN_STORED' | 'TOKEN_GENERATED' };

const TOKEN = 'gateway.auth.token';
const PASSWORD = 'gateway.auth.password';

/**
 * What has to happen to the token before a service is installed. A password that only the shell knows changes
 * nothing: the service will not have it.
 */
export function decideToken(subject: TokenSubject): TokenDecision {
  const { given, written, settings } = subject;
  const blocked = givenProblem(subject) ?? unclearMode(written, given);
  if (blocked) return { kind: 'blocked', problem: blocked };
  const { authMode, token, password } = settings();
  const mode = given !== undefined && authMode.origin === 'default' ? 'token' : authMode.value;
  if (mode !== 'token') return withoutToken(subject, mode, password.value);
  if (given !== undefined && given !== token.value)
    return { kind: 'store', token: given, note: 'TOKEN_STORED' };
  if (token.value !== undefined) return { kind: 'keep' };
  const shell = subject.shell.token?.trim();
  if (shell && isUsable(shell)) return { kind: 'store', token: shell, note: 'TOKEN_STORED' };
  return { kind: 'store', token: subject.newToken(), note: 'TOKEN_GENERATED' };
}

function givenProblem({ given, written }: TokenSubject): ServiceProblem | undefined {
  if (given === undefined) return undefined;
  if (!isUsable(given)) return problem('TOKEN_UNUSABLE');
  const isReference = secretRefOf(valueAtText(written, TOKEN)) !== undefined;
  return isReference ? problem('TOKEN_IS_REFERENCE', { path: TOKEN }) : undefined;
}

const isUsable = (token: string): boolean =>
  token.trim() !== '' && !token.includes(REDACTED) && !/\p{Cc}/u.test(token);

function unclearMode(written: ConfigObject, given: string | undefined): ServiceProblem | undefined {
  const isSet = (path: string): boolean =>
    !['', undefined, null].includes(valueAtText(written, path) as never);
  if (isSet('gateway.auth.mode') || !isSet(PASSWORD)) return undefined;
  return isSet(TOKEN) || given !== undefined ? problem('AUTH_MODE_UNCLEAR') : undefined;
}

function withoutToken(
  { given, shell }: TokenSubject,
  mode: string,
  password: string | undefined,
): TokenDecision {
  if (given !== undefined) return { kind: 'blocked', problem: problem('TOKEN_NOT_USED', { mode }) };
  if (mode !== 'password' || password) return { kind: 'keep' };
  const code = shell.password?.trim() ? 'PASSWORD_ONLY_IN_SHELL' : 'PASSWORD_MISSING';
  return { kind: 'blocked', problem: problem(code, { path: PASSWORD }) };
}

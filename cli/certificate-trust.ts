import { createInterface } from 'node:readline';
import { parseEndpoint } from '../core/client/endpoint.ts';
import { detailCode } from '../core/client/gateway-failure.ts';
import { certificateAt, type PeerCertificate } from '../core/client/peer-certificate.ts';
import type { Language } from '../core/messages/language.ts';
import { tlsMessages } from '../core/messages/tls-messages.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { certificateLines, trustStep } from '../core/verdict/certificate-words.ts';
import { commandName } from './command-name.ts';
import { forgetTyped } from './conversation/terminal-approver.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';
import { safeText } from './output.ts';
import type { Settings } from './settings.ts';
import { originOf, type Target } from './target.ts';

/** A connection that failed, and to what. */
export interface Distrusted {
  invocation: Invocation<QueryOptions>;
  settings: Settings;
  target: Target;
  error: unknown;
}

/** What is to be done about it: go on with this pin, or give up with this error. */
export type TrustDecision = { tlsFingerprint: string } | { error: unknown };

const LOOK_MS = 5_000;

/**
 * A certificate that nobody vouches for is trusted only when a person says so, after having compared it; asked is only
 * on a terminal, for the address of the configuration, and the answer is kept there. A pin that does not fit is never
 * asked about. Any other error comes back as it is.
 */
export async function decideTrust(failed: Distrusted): Promise<TrustDecision> {
  const { invocation, target, error } = failed;
  if (detailCode(error) !== 'TLS_UNTRUSTED') return { error };
  const offered = await certificateAt(parseEndpoint(target.url), AbortSignal.timeout(LOOK_MS));
  if (!offered) return { error };
  const { cli, output } = invocation;
  const isConfigured = target.source === 'config gateway.remote.url';
  const canAsk = cli.stdin.isTTY === true && cli.stderr.isTTY === true && !output.json;
  if (!isConfigured || !canAsk) return { error: unknownCertificate(failed, offered) };
  return askPerson(failed, offered);
}

/** What programs read is the same in every language. */
const languageFor = ({ output, language }: Invocation<QueryOptions>): Language =>
  output.json ? 'en' : language;

const factLines = ({ invocation, target, error }: Distrusted, certificate: PeerCertificate): string[] => {
  const { host } = parseEndpoint(target.url);
  const reason = error instanceof RpcError ? String(error.details?.reason ?? '') : '';
  return certificateLines({ host, reason, certificate }, languageFor(invocation)).map(safeText);
};

function unknownCertificate(failed: Distrusted, offered: PeerCertificate): RpcError {
  const { invocation, target } = failed;
  const { fingerprint } = offered;
  const asked = { openclaw: commandName(invocation), origin: originOf(target) };
  const { compare, text, command, flag } = trustStep(fingerprint, asked, languageFor(invocation));
  return untrusted([...factLines(failed, offered), compare, text, `${command ?? flag}`], fingerprint);
}

const untrusted = (lines: string[], fingerprint: string): RpcError =>
  new RpcError(
    'GATEWAY_TRANSPORT',
    lines.join('\n'),
    { kind: 'tls-untrusted', code: 'TLS_UNTRUSTED', fingerprint },
    { retryable: false },
  );

async function askPerson(failed: Distrusted, offered: PeerCertificate): Promise<TrustDecision> {
  const { invocation, settings } = failed;
  const { output } = invocation;
  const say = tlsMessages.in(invocation.language);
  for (const line of [...factLines(failed, offered), say('unknownCompare')]) output.note(line);
  const { fingerprint } = offered;
  if (!(await saysYes(invocation, say('unknownAsk')))) {
    return { error: untrusted([say('unknownRefused')], fingerprint) };
  }
  await savePin(failed, fingerprint);
  output.note(say('unknownSaved', { path: settings.displayConfigPath }));
  return { tlsFingerprint: fingerprint };
}

/** Enter, Ctrl-C and the end of the input all mean no. */
async function saysYes({ cli }: Invocation<QueryOptions>, question: string): Promise<boolean> {
  await forgetTyped(cli);
  const lines = createInterface({ input: cli.stdin, output: cli.stderr, historySize: 0 });
  return new Promise((resolve) => {
    lines.on('close', () => resolve(false));
    lines.on('SIGINT', () => lines.close());
    lines.question(question, (answer) => {
      resolve(/^(y|yes|是|好)$/i.test(answer.trim()));
      lines.close();
    });
  });
}

/** The schema and the editor of the configuration are needed by nobody who is not asked. */
async function savePin({ invocation, settings }: Distrusted, fingerprint: string): Promise<void> {
  const { planEdits, storeWrite } = await import('../core/config/write.ts');
  const { readConfigSchema } = await import('../core/config/schema.ts');
  const { configPath: path, stateDir } = settings.paths;
  const context = { path, stateDir, env: invocation.cli.env, schema: readConfigSchema() };
  const edit = { path: ['gateway', 'remote', 'tlsFingerprint'], value: fingerprint };
  await storeWrite(await planEdits([edit], context));
}

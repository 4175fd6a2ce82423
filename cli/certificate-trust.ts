import { createInterface } from 'node:readline';
import { parseEndpoint } from '../core/client/endpoint.ts';
import { detailCode } from '../core/client/gateway-failure.ts';
import { certificateAt, type PeerCertificate } from '../core/client/peer-certificate.ts';
import { tlsMessages } from '../core/messages/tls-messages.ts';
import { RpcError } from '../core/protocol/errors.ts';
import { commandName } from './command-name.ts';
import { forgetTyped } from './conversation/terminal-approver.ts';
import type { Invocation } from './invocation.ts';
import type { QueryOptions } from './options.ts';
import { safeText } from './output.ts';
import type { Settings } from './settings.ts';
import type { Target } from './target.ts';

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
const wordsFor = ({ output, language }: Invocation<QueryOptions>) =>
  tlsMessages.in(output.json ? 'en' : language);

const factLines = ({ invocation, target }: Distrusted, offered: PeerCertificate): string[] => {
  const say = wordsFor(invocation);
  const date = new Date(offered.validToMs).toISOString().slice(0, 10);
  return [
    say('unknownTitle', { host: new URL(target.url).host }),
    say('unknownFingerprint', { fingerprint: offered.fingerprint }),
    safeText(say('unknownFacts', { subject: offered.subject.slice(0, 50), date })),
    say('unknownCompare'),
  ];
};

function unknownCertificate(failed: Distrusted, offered: PeerCertificate): RpcError {
  const { invocation, target } = failed;
  const say = wordsFor(invocation);
  const { fingerprint } = offered;
  const command = `${commandName(invocation)} config set gateway.remote.tlsFingerprint ${fingerprint}`;
  const steps =
    target.source === 'config gateway.remote.url'
      ? [say('unknownSave'), command]
      : [say('unknownPass'), `--tls-fingerprint ${fingerprint}`];
  return untrusted([...factLines(failed, offered), ...steps], fingerprint);
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
  for (const line of factLines(failed, offered)) output.note(line);
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

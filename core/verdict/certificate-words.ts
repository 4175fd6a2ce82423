import type { PeerCertificate } from '../client/peer-certificate.ts';
import type { Language } from '../messages/language.ts';
import { tlsMessages } from '../messages/tls-messages.ts';
import { verdictMessages } from '../messages/verdict-messages.ts';
import type { Finding } from './evidence.ts';
import type { AddressOrigin } from './findings.ts';

/** A certificate that nobody vouches for, at an address. */
export interface UnknownCertificate {
  host: string;
  /** Why the system does not believe it. */
  reason: string;
  certificate: PeerCertificate;
}

/** TLS_UNTRUSTED, told with the certificate that was shown, and with how to trust it after it was compared. */
export function unknownCertificate({ code, values }: Finding, certificate: PeerCertificate): Finding {
  const seen = { host: String(values.host), reason: String(values.reason), certificate };
  return {
    code,
    values: { ...values, fingerprint: certificate.fingerprint },
    words: ({ command: openclaw, origin }, language) => {
      const say = verdictMessages.in(language);
      const { compare, ...step } = trustStep(certificate.fingerprint, { openclaw, origin }, language);
      return {
        problem: certificateLines(seen, language).join('\n'),
        fix: [compare, step.text, ...(step.flag ? [`  ${step.flag}`] : [])].join('\n'),
        ...(step.command && { command: step.command }),
        mender: say('mender.you'),
        menderCode: 'you',
      };
    },
  };
}

/** Which certificate it is. Its subject is text of the server: show the result through `safeText`. */
export function certificateLines(
  { host, reason, certificate }: UnknownCertificate,
  language: Language,
): string[] {
  const say = tlsMessages.in(language);
  const { fingerprint, subject, validToMs } = certificate;
  const date = new Date(validToMs).toISOString().slice(0, 10);
  return [
    say('unknownTitle', { host, reason }),
    say('unknownFingerprint', { fingerprint }),
    say('unknownFacts', { subject: subject.slice(0, 50), date }),
  ];
}

interface TrustStep {
  compare: string;
  text: string;
  /** To be pasted; where the address is not that of the configuration, a `flag` for the same command instead. */
  command?: string;
  flag?: string;
}

/** How a person says that it is the right one. A pin is kept only for the address of the configuration. */
export function trustStep(
  fingerprint: string,
  { openclaw, origin }: { openclaw: string; origin: AddressOrigin | undefined },
  language: Language,
): TrustStep {
  const say = tlsMessages.in(language);
  const compare = say('unknownCompare');
  return origin === undefined || origin === 'remote'
    ? {
        compare,
        text: say('unknownSave'),
        command: `${openclaw} config set gateway.remote.tlsFingerprint ${fingerprint}`,
      }
    : { compare, text: say('unknownPass'), flag: `--tls-fingerprint ${fingerprint}` };
}

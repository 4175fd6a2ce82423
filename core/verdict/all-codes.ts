import { discoveryMessages } from '../messages/discovery-messages.ts';
import { findingMessages } from '../messages/finding-messages.ts';
import { serviceDriftMessages } from '../messages/service-drift-messages.ts';
import { serviceProblemMessages } from '../messages/service-problem-messages.ts';
import { sshMessages } from '../messages/ssh-messages.ts';
import { tailscaleMessages } from '../messages/tailscale-messages.ts';
import { tlsMessages } from '../messages/tls-messages.ts';
import { GATEWAY_PROBLEM_CODES } from '../remote/remote-problem.ts';
import { SERVICE_PROBLEMS } from '../service/service-manager.ts';
import { SSH_PROBLEM_CODES } from '../ssh/ssh-problem.ts';
import { TAILSCALE_PROBLEMS } from '../tailscale/tailscale-problems.ts';
import { TLS_PROBLEMS } from '../tls/certificate.ts';
import { FINDING_CODES } from './findings.ts';

/** A room and the codes that people are shown by it. */
export interface CodeRoom {
  /** Its directory in core. */
  room: string;
  codes: readonly string[];
  /** What it says, in English, by the code. */
  says: Readonly<Record<string, string>>;
}

/** Its problems are those with a fix, also that of `dns setup`, which no search can find. */
const DISCOVERY_CODES = Object.keys(discoveryMessages.texts.en).flatMap((key) =>
  key.endsWith('_FIX') ? [key.slice(0, -'_FIX'.length)] : [],
);

/** Every room whose codes people are shown; one code may be of two rooms. Each has a page in docs/errors. */
export const CODE_ROOMS: readonly CodeRoom[] = [
  {
    room: 'verdict',
    codes: FINDING_CODES,
    says: { ...serviceDriftMessages.texts.en, ...findingMessages.texts.en },
  },
  { room: 'service', codes: SERVICE_PROBLEMS, says: serviceProblemMessages.texts.en },
  { room: 'ssh', codes: SSH_PROBLEM_CODES, says: sshMessages.texts.en },
  { room: 'remote', codes: GATEWAY_PROBLEM_CODES, says: sshMessages.texts.en },
  { room: 'discovery', codes: DISCOVERY_CODES, says: discoveryMessages.texts.en },
  { room: 'tls', codes: TLS_PROBLEMS, says: tlsMessages.texts.en },
  { room: 'tailscale', codes: TAILSCALE_PROBLEMS, says: tailscaleMessages.texts.en },
];

/** Every code that has a page, sorted. */
export const allCodes = (): string[] => [...new Set(CODE_ROOMS.flatMap(({ codes }) => codes))].sort();

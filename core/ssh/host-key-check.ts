import { fingerprintOf, keyTypeOf } from './fingerprint.ts';
import {
  type HostKeyAlgorithm,
  hostKeyAlgorithms,
  judgeHostKey,
  type KeyRecord,
  knownPlace,
} from './known-hosts.ts';
import { readKnownHosts } from './known-hosts-files.ts';
import { randomart } from './randomart.ts';
import type { SshHost } from './ssh-config.ts';
import { type SshProblem, type SshProblemCode, sshProblem } from './ssh-problem.ts';

/** Decides about the key of one host; `problem` says why it was refused. */
export interface HostKeyCheck {
  algorithms: HostKeyAlgorithm[];
  accepts(key: Buffer): boolean;
  problem: SshProblem | undefined;
}

const CODES = {
  unknown: 'HOST_KEY_UNKNOWN',
  changed: 'HOST_KEY_CHANGED',
  revoked: 'HOST_KEY_REVOKED',
} as const satisfies Record<string, SshProblemCode>;

/** Reads what is known of this host. Nobody is asked in the middle of a handshake: an unknown key ends it. */
export async function hostKeyCheck(host: SshHost, ownFile: string): Promise<HostKeyCheck> {
  const entries = await readKnownHosts([ownFile, ...host.knownHostsFiles]);
  const name = knownPlace(host);
  const check: HostKeyCheck = {
    algorithms: hostKeyAlgorithms(entries, name),
    problem: undefined,
    accepts(key) {
      const judged = judgeHostKey(entries, name, key);
      if (judged.verdict === 'known') return true;
      const known: KeyRecord[] = 'known' in judged ? judged.known : [];
      const authorities = 'authorities' in judged ? judged.authorities : [];
      check.problem = refusal(CODES[judged.verdict], host, key, known, authorities);
      return false;
    },
  };
  return check;
}

function refusal(
  code: SshProblemCode,
  place: SshHost,
  key: Buffer,
  known: KeyRecord[],
  authorities: KeyRecord[],
): SshProblem {
  const { host, port } = place;
  const [type, fingerprint] = [keyTypeOf(key), fingerprintOf(key)];
  const picture = { randomart: randomart(key), key: key.toString('base64'), known, authorities };
  return sshProblem(
    code,
    { host, port, type, fingerprint },
    { ...knownPlace(place), type, fingerprint, ...picture },
  );
}

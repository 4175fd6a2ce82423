import { statSync } from 'node:fs';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/log.ts';
import type { Language } from '../messages/language.ts';
import { tlsMessages } from '../messages/tls-messages.ts';
import { RpcError } from '../protocol/errors.ts';
import { checkTlsFiles, type TlsIdentity, type TlsProblem } from '../tls/certificate.ts';
import { isMendedAtStart, prepareTls } from '../tls/own-certificate.ts';
import type { TlsFiles } from '../tls/tls-files.ts';

const DAY_MS = 86_400_000;
/** Certificates of issuers are renewed a month before their end; half of it gone, nobody has. */
const WARNED_BEFORE_MS = 15 * DAY_MS;
const LOOK_EVERY_MS = 60_000;

export interface TlsContext {
  clock: Clock;
  log: Logger;
  language: Language;
}

/** What a start refuses because of `gateway.tls`: START_BLOCKED with the code of the problem in `details.code`. */
export function checkTls(files: TlsFiles | undefined, language: Language): void {
  if (!files) return;
  const check = checkTlsFiles(files);
  if (!check.ok && !isMendedAtStart(files, check)) throw tlsRefusal(check.problem, language);
}

function tlsRefusal({ code, values, setting }: TlsProblem, language: Language): RpcError {
  const say = tlsMessages.in(language);
  const lines = [say(code, values), say('fix', { text: say(`${code}_FIX`, values) })];
  return new RpcError('START_BLOCKED', lines.join('\n'), {
    path: setting,
    code,
    told: { key: code, values },
  });
}

/**
 * The certificate to start with; ours is made first where there is none. Tells what it is, and what is wrong with it
 * that does not keep a gateway from starting. Throws START_BLOCKED and STORE_UNUSABLE.
 */
export async function openTls(
  files: TlsFiles,
  names: readonly string[],
  { clock, log, language }: TlsContext,
): Promise<TlsIdentity> {
  const { check, created, replaced } = await prepareTls(files, names, clock.now());
  if (!check.ok) throw tlsRefusal(check.problem, language);
  const { identity } = check;
  const say = tlsMessages.in(language);
  const { certPath: path, fingerprint } = identity;
  if (created) log.info(say('created', { path }));
  if (replaced && replaced !== fingerprint) log.warn(say('replaced', { old: replaced, fingerprint }));
  warnOfExpiry(identity, { clock, log, language });
  return identity;
}

/** For the start: how clients can recognize this gateway. */
export function announceTls(
  { certPath: path, fingerprint }: TlsIdentity,
  { log, language }: TlsContext,
): void {
  log.info(tlsMessages.in(language)('certificate', { path, fingerprint }));
}

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

function warnOfExpiry(
  { certPath: path, validToMs }: TlsIdentity,
  { clock, log, language }: TlsContext,
): void {
  const left = validToMs - clock.now();
  if (left > WARNED_BEFORE_MS) return;
  log.warn(tlsMessages.in(language)(left <= 0 ? 'expired' : 'expiresSoon', { path, date: dayOf(validToMs) }));
}

/**
 * Looks once a minute whether certificate or key were replaced, and hands a good new pair to `serve`; a bad one is
 * reported once and the old one stays. Returns what ends that.
 */
export function followTlsFiles(
  files: TlsFiles,
  first: TlsIdentity,
  serve: (identity: TlsIdentity) => void,
  context: TlsContext,
): () => void {
  const say = tlsMessages.in(context.language);
  let served = first;
  let seen = stampOf(files);
  return context.clock.every(LOOK_EVERY_MS, () => {
    const now = stampOf(files);
    if (now === seen) return;
    seen = now;
    const check = checkTlsFiles(files);
    if (!check.ok) {
      const reason = say(check.problem.code, check.problem.values);
      context.log.error(say('notReloaded', { reason }), { code: check.problem.code });
    } else if (check.identity.fingerprint !== served.fingerprint) {
      const { identity } = check;
      served = identity;
      serve(identity);
      const { fingerprint } = identity;
      context.log.warn(say('reloaded', { path: identity.certPath, fingerprint }));
      warnOfExpiry(identity, context);
    }
  });
}

/** Replaced files have another time or inode. */
const stampOf = ({ certPath, keyPath, caPath }: TlsFiles): string =>
  [certPath, keyPath, caPath ?? '']
    .map((path) => {
      const found = path ? statSync(path, { throwIfNoEntry: false }) : undefined;
      return found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
    })
    .join('|');

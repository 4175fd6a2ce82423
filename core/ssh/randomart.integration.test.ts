import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { lacks } from '../testing/programs.ts';
import { fingerprintOf } from './fingerprint.ts';
import { randomart } from './randomart.ts';

const dir = mkdtempSync(join(tmpdir(), 'openclaw-art-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

describe.skipIf(lacks('ssh'))('fingerprint and picture of a key', () => {
  const kinds = ['ed25519', 'rsa -b 1024', 'rsa -b 3072', 'ecdsa -b 256', 'ecdsa -b 384', 'ecdsa -b 521'];
  test.each(kinds.flatMap((kind) => [1, 2, 3].map((round) => [kind, round] as const)))(
    'are those of ssh-keygen for %s, key %i',
    (kind, round) => {
      const file = join(dir, `${kind.replaceAll(' ', '')}-${round}`);
      execFileSync('ssh-keygen', ['-q', '-t', ...kind.split(' '), '-N', '', '-f', file]);
      const [fingerprint = '', ...picture] = execFileSync('ssh-keygen', ['-lvf', `${file}.pub`], {
        encoding: 'utf8',
      })
        .trimEnd()
        .split('\n');
      const key = Buffer.from(readFileSync(`${file}.pub`, 'utf8').split(' ')[1] ?? '', 'base64');
      expect(fingerprint.split(' ')[1]).toBe(fingerprintOf(key));
      expect(randomart(key)).toEqual(picture);
    },
  );
});

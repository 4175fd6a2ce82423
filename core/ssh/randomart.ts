import { createHash } from 'node:crypto';
import { keyBits, keyKind, keyTypeOf } from './fingerprint.ts';

const WIDTH = 17;
const HEIGHT = 9;
/** From a field never visited to one visited often; the last two mark where the walk began and ended. */
const SYMBOLS = ' .o+=*BOX@%&#/^SE';
const MOST_VISITS = SYMBOLS.length - 3;

/**
 * The picture of a public key that `ssh-keygen -lv` shows, line by line: eyes find a difference sooner than they
 * compare 43 letters. A walk over a field, two bits of the SHA-256 a step, lowest first.
 */
export function randomart(key: Buffer): string[] {
  const field = walk(createHash('sha256').update(key).digest());
  const title = `[${keyKind(keyTypeOf(key))} ${keyBits(key)}]`;
  const rows = Array.from({ length: HEIGHT }, (_, y) =>
    field
      .slice(y * WIDTH, (y + 1) * WIDTH)
      .map((visits) => SYMBOLS[visits])
      .join(''),
  );
  return [edge(title), ...rows.map((row) => `|${row}|`), edge('[SHA256]')];
}

function walk(hash: Buffer): number[] {
  const field = Array<number>(WIDTH * HEIGHT).fill(0);
  const start = { x: WIDTH >> 1, y: HEIGHT >> 1 };
  const place = { ...start };
  for (const byte of hash) {
    for (let shift = 0; shift < 8; shift += 2) {
      const step = byte >> shift;
      place.x = Math.min(Math.max(place.x + (step & 1 ? 1 : -1), 0), WIDTH - 1);
      place.y = Math.min(Math.max(place.y + (step & 2 ? 1 : -1), 0), HEIGHT - 1);
      const at = place.y * WIDTH + place.x;
      field[at] = Math.min((field[at] ?? 0) + 1, MOST_VISITS);
    }
  }
  field[start.y * WIDTH + start.x] = SYMBOLS.length - 2;
  field[place.y * WIDTH + place.x] = SYMBOLS.length - 1;
  return field;
}

function edge(title: string): string {
  const left = (WIDTH - title.length) >> 1;
  return `+${title.padStart(title.length + left, '-').padEnd(WIDTH, '-')}+`;
}

const CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6];
const BLOCK_BYTES = 64;

const rotated = (word: number, bits: number): number => (word << bits) | (word >>> (32 - bits));

/**
 * SHA-1 of a short ASCII text; source: RFC 3174. It keeps no secret: with it, a server shows that it has read a
 * request. To load `node:crypto` for that takes longer than to make the connection.
 */
export function sha1(text: string): Buffer {
  const blocks = padded(text);
  const state = Int32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0);
  for (let at = 0; at < blocks.length; at += BLOCK_BYTES) {
    mix(state, wordsOf(blocks.subarray(at, at + BLOCK_BYTES)));
  }
  const digest = Buffer.alloc(20);
  state.forEach((word, index) => void digest.writeInt32BE(word, index * 4));
  return digest;
}

/** Its length in bits ends the last block. */
function padded(text: string): Buffer {
  const blocks = Buffer.alloc(Math.ceil((text.length + 9) / BLOCK_BYTES) * BLOCK_BYTES);
  blocks.write(text, 'latin1');
  blocks[text.length] = 0x80;
  blocks.writeUInt32BE(text.length * 8, blocks.length - 4);
  return blocks;
}

function wordsOf(block: Buffer): Int32Array {
  const words = new Int32Array(80);
  for (let at = 0; at < 16; at += 1) words[at] = block.readInt32BE(at * 4);
  const word = (at: number): number => words[at] ?? 0;
  for (let at = 16; at < 80; at += 1) {
    words[at] = rotated(word(at - 3) ^ word(at - 8) ^ word(at - 14) ^ word(at - 16), 1);
  }
  return words;
}

function mix(state: Int32Array, words: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  words.forEach((word, index) => {
    const round = Math.floor(index / 20);
    const next = (rotated(a, 5) + chosen(round, b, c, d) + e + word + (CONSTANTS[round] ?? 0)) | 0;
    [e, d, c, b, a] = [d, c, rotated(b, 30), a, next];
  });
  [a, b, c, d, e].forEach((word, index) => {
    state[index] = ((state[index] ?? 0) + word) | 0;
  });
}

function chosen(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  return round === 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

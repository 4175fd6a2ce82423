/** Files of pictures: PNG, and the ICO of Windows and the ICNS of macOS, which both carry PNGs. */
import { deflateSync } from 'node:zlib';

const SAMPLES = 4;

/** `colourAt(x, y)` in a square from -1 to 1, y downwards, is an RGB triple, or undefined where nothing is. */
export function drawn(size, colourAt) {
  const rows = Buffer.alloc(size * (1 + 4 * size));
  for (let row = 0; row < size; row += 1)
    for (let column = 0; column < size; column += 1)
      rows.set(pixel(row, column, size, colourAt), row * (1 + 4 * size) + 1 + 4 * column);
  return png(size, rows);
}

function pixel(row, column, size, colourAt) {
  const total = [0, 0, 0];
  let count = 0;
  for (let i = 0; i < SAMPLES * SAMPLES; i += 1) {
    const x = ((column + ((i % SAMPLES) + 0.5) / SAMPLES) / size) * 2 - 1;
    const y = ((row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size) * 2 - 1;
    const colour = colourAt(x, y);
    if (!colour) continue;
    count += 1;
    for (let channel = 0; channel < 3; channel += 1) total[channel] += colour[channel];
  }
  const mean = (channel) => (count === 0 ? 0 : Math.round(total[channel] / count));
  return [mean(0), mean(1), mean(2), Math.round((255 * count) / (SAMPLES * SAMPLES))];
}

const table = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
const crc = (bytes) => {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 0xff] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
};

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** `pixels`: rows of RGBA bytes, each row behind a zero byte, as PNG filters them. */
function png(size, pixels) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(pixels, { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

/** `images`: size → PNG of that size. */
export function ico(images) {
  const sizes = [...images.keys()];
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.set([0, 0, 1, 0, sizes.length, 0]);
  let offset = head.length;
  for (const [index, [, image]] of [...images].entries()) {
    const at = 6 + 16 * index;
    head.set([sizes[index] % 256, sizes[index] % 256, 0, 0, 1, 0, 32, 0], at);
    head.writeUInt32LE(image.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += image.length;
  }
  return Buffer.concat([head, ...images.values()]);
}

/** Types of the sizes: each is what macOS takes for that many pixels, 1024 being 512 at twice the density. */
const ICNS_TYPES = { 32: 'ic11', 64: 'ic12', 128: 'ic07', 256: 'ic08', 512: 'ic09', 1024: 'ic10' };

/** `images`: size → PNG of that size. */
export function icns(images) {
  const parts = [...images].map(([size, image]) => {
    const head = Buffer.alloc(8);
    head.write(ICNS_TYPES[size], 'latin1');
    head.writeUInt32BE(image.length + 8, 4);
    return Buffer.concat([head, image]);
  });
  const head = Buffer.alloc(8);
  head.write('icns', 'latin1');
  head.writeUInt32BE(8 + parts.reduce((sum, { length }) => sum + length, 0), 4);
  return Buffer.concat([head, ...parts]);
}

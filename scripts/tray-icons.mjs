/**
 * `node scripts/tray-icons.mjs` draws main/icons: a claw that holds a sign for how the gateway is, with and without a
 * badge. The sign differs in shape, not only in colour. PNG for Linux, template PNG for macOS, ICO for Windows.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { root } from './setup.mjs';

const dir = join(root, 'main', 'icons');
const COLOURS = { idle: [125, 133, 144], ok: [34, 160, 107], warn: [224, 140, 20], error: [214, 57, 57] };
const BADGE = [228, 72, 36];
const SAMPLES = 4;

/** Everything is drawn in a square from -1 to 1, y downwards; a shape says whether a point is in it. */
const circle = (cx, cy, r) => (x, y) => Math.hypot(x - cx, y - cy) <= r;
const box = (cx, cy, w, h) => (x, y) => Math.abs(x - cx) <= w && Math.abs(y - cy) <= h;
const turned = (shape, angle) => (x, y) =>
  shape(x * Math.cos(angle) + y * Math.sin(angle), y * Math.cos(angle) - x * Math.sin(angle));

/** A ring that is open to the upper right; its two ends grow thinner, as those of a claw do. */
function claw(x, y) {
  const angle = Math.atan2(-y, x) - Math.PI / 4;
  const open = Math.abs(Math.atan2(Math.sin(angle), Math.cos(angle)));
  if (open < 0.5) return false;
  const distance = Math.hypot(x, y);
  const thick = 0.34 * Math.min(1, (open - 0.5) / 0.9 + 0.25);
  return distance <= 0.94 && distance >= 0.94 - thick;
}

const bar = box(0, 0, 0.09, 0.4);
const signs = {
  idle: () => false,
  ok: circle(0, 0, 0.3),
  warn: (x, y) => box(0, -0.12, 0.11, 0.24)(x, y) || circle(0, 0.32, 0.13)(x, y),
  error: (x, y) => turned(bar, Math.PI / 4)(x, y) || turned(bar, -Math.PI / 4)(x, y),
};

const badge = circle(0.58, -0.58, 0.38);
const aroundBadge = circle(0.58, -0.58, 0.52);

/** The colour at a point, or undefined where nothing is. */
function colourAt(x, y, { tone, hasBadge, isTemplate }) {
  const [main, mark] = isTemplate
    ? [
        [0, 0, 0],
        [0, 0, 0],
      ]
    : [COLOURS[tone], BADGE];
  if (hasBadge && badge(x, y)) return mark;
  if (hasBadge && aroundBadge(x, y)) return undefined;
  return claw(x, y) || signs[tone](x, y) ? main : undefined;
}

function pixels(size, look) {
  const rows = [];
  for (let row = 0; row < size; row += 1) {
    const line = [0];
    for (let column = 0; column < size; column += 1) line.push(...pixel(row, column, size, look));
    rows.push(Buffer.from(line));
  }
  return Buffer.concat(rows);
}

function pixel(row, column, size, look) {
  const found = [];
  for (let i = 0; i < SAMPLES * SAMPLES; i += 1) {
    const x = ((column + ((i % SAMPLES) + 0.5) / SAMPLES) / size) * 2 - 1;
    const y = ((row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size) * 2 - 1;
    const colour = colourAt(x, y, look);
    if (colour) found.push(colour);
  }
  const mean = (channel) =>
    found.length === 0
      ? 0
      : Math.round(found.reduce((sum, colour) => sum + colour[channel], 0) / found.length);
  return [mean(0), mean(1), mean(2), Math.round((255 * found.length) / (SAMPLES * SAMPLES))];
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

function png(size, look) {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const data = deflateSync(pixels(size, look), { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function ico(sizes, look) {
  const images = sizes.map((size) => png(size, look));
  const head = Buffer.alloc(6 + 16 * sizes.length);
  head.set([0, 0, 1, 0, sizes.length, 0]);
  let offset = head.length;
  images.forEach((image, index) => {
    const at = 6 + 16 * index;
    head.set([sizes[index] % 256, sizes[index] % 256, 0, 0, 1, 0, 32, 0], at);
    head.writeUInt32LE(image.length, at + 8);
    head.writeUInt32LE(offset, at + 12);
    offset += image.length;
  });
  return Buffer.concat([head, ...images]);
}

mkdirSync(dir, { recursive: true });
for (const tone of Object.keys(COLOURS)) {
  for (const hasBadge of [false, true]) {
    const name = join(dir, `${tone}${hasBadge ? '-badge' : ''}`);
    const look = { tone, hasBadge };
    writeFileSync(`${name}.png`, png(24, look));
    writeFileSync(`${name}@2x.png`, png(48, look));
    writeFileSync(`${name}Template.png`, png(18, { ...look, isTemplate: true }));
    writeFileSync(`${name}Template@2x.png`, png(36, { ...look, isTemplate: true }));
    writeFileSync(`${name}.ico`, ico([16, 24, 32, 48], look));
  }
}
writeFileSync(join(dir, 'app.png'), png(256, { tone: 'ok', hasBadge: false }));

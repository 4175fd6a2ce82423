/**
 * `node scripts/tray-icons.mjs` draws main/icons: a claw that holds a sign for how the gateway is, with and without a
 * badge. The sign differs in shape, not only in colour. PNG for Linux, template PNG for macOS, ICO for Windows. And
 * packaging/icons, the icon of the program: the same claw on a tile.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawn, icns, ico } from './image-files.mjs';
import { root } from './setup.mjs';

const dir = join(root, 'main', 'icons');
const COLOURS = { idle: [125, 133, 144], ok: [34, 160, 107], warn: [224, 140, 20], error: [214, 57, 57] };
const BADGE = [228, 72, 36];

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

/** A square with round corners, that leaves a margin as the systems ask for. */
function tile(x, y) {
  const [half, corner] = [0.86, 0.4];
  const dx = Math.max(Math.abs(x) - (half - corner), 0);
  const dy = Math.max(Math.abs(y) - (half - corner), 0);
  return Math.hypot(dx, dy) <= corner;
}

/** The claw with its catch on a tile that is lighter at the top. */
function appIconAt(x, y) {
  if (!tile(x, y)) return undefined;
  const [innerX, innerY] = [x / 0.58, y / 0.58];
  if (signs.ok(innerX, innerY)) return [255, 176, 84];
  if (claw(innerX, innerY)) return [255, 255, 255];
  const shade = (y + 0.86) / 1.72;
  return [24 - 10 * shade, 96 - 46 * shade, 110 - 42 * shade];
}

mkdirSync(dir, { recursive: true });
for (const tone of Object.keys(COLOURS)) {
  for (const hasBadge of [false, true]) {
    const name = join(dir, `${tone}${hasBadge ? '-badge' : ''}`);
    const image = (size, isTemplate) => drawn(size, (x, y) => colourAt(x, y, { tone, hasBadge, isTemplate }));
    writeFileSync(`${name}.png`, image(24));
    writeFileSync(`${name}@2x.png`, image(48));
    writeFileSync(`${name}Template.png`, image(18, true));
    writeFileSync(`${name}Template@2x.png`, image(36, true));
    writeFileSync(`${name}.ico`, ico(new Map([16, 24, 32, 48].map((size) => [size, image(size)]))));
  }
}

const packageDir = join(root, 'packaging', 'icons');
mkdirSync(packageDir, { recursive: true });
const images = new Map(
  [16, 24, 32, 48, 64, 128, 256, 512, 1024].map((size) => [size, drawn(size, appIconAt)]),
);
const only = (sizes) => new Map(sizes.map((size) => [size, images.get(size)]));
for (const [size, image] of only([16, 32, 48, 64, 128, 256, 512]))
  writeFileSync(join(packageDir, `${size}x${size}.png`), image);
writeFileSync(join(packageDir, 'icon.ico'), ico(only([16, 24, 32, 48, 64, 128, 256])));
writeFileSync(join(packageDir, 'icon.icns'), icns(only([32, 64, 128, 256, 512, 1024])));
writeFileSync(join(dir, 'app.png'), images.get(256));

/** Elements whose content is not for reading. */
const SKIPPED = new Set(['script', 'style', 'noscript', 'template', 'svg', 'iframe', 'object', 'select']);
const BLOCKS = new Set(
  'address article aside blockquote br dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul title'.split(
    ' ',
  ),
);

const ENTITIES: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ndash: '–',
  mdash: '—',
  hellip: '…',
  copy: '©',
  reg: '®',
  euro: '€',
  laquo: '«',
  raquo: '»',
  lsquo: '‘',
  rsquo: '’',
  ldquo: '“',
  rdquo: '”',
  middot: '·',
  bull: '•',
  times: '×',
};

/** The readable text of a page. One pass, so that no page can make it slow; no tag survives. */
export function htmlToText(html: string): string {
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const parts: string[] = [];
  let at = 0;
  while (at < html.length) {
    const open = html.indexOf('<', at);
    if (open === -1) break;
    parts.push(html.slice(at, open));
    const step = readMarkup(html, lower, open);
    parts.push(step.text);
    at = step.next;
  }
  parts.push(html.slice(at));
  return tidy(decodeEntities(parts.join('')));
}

interface Step {
  text: string;
  next: number;
}

function readMarkup(html: string, lower: string, open: number): Step {
  if (html.startsWith('<!--', open)) return { text: '', next: after(html, '-->', open + 4) };
  if (!/[a-z/!?]/.test(lower.charAt(open + 1))) return { text: '<', next: open + 1 };
  const next = after(html, '>', open + 1);
  const name = /^\/?([a-z][a-z0-9]*)/.exec(lower.slice(open + 1, open + 24))?.[1] ?? '';
  if (SKIPPED.has(name) && lower.charAt(open + 1) !== '/') {
    const close = lower.indexOf(`</${name}`, next);
    return { text: ' ', next: close === -1 ? html.length : after(html, '>', close) };
  }
  if (name === 'li' && lower.charAt(open + 1) !== '/') return { text: '\n- ', next };
  return { text: BLOCKS.has(name) ? '\n' : '', next };
}

const after = (html: string, mark: string, from: number): number => {
  const found = html.indexOf(mark, from);
  return found === -1 ? html.length : found + mark.length;
};

function decodeEntities(text: string): string {
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|([a-z]{2,8}));/gi, (whole, hex, decimal, name) => {
    if (name === undefined) return characterOf(hex ? Number.parseInt(hex, 16) : Number(decimal));
    const key = String(name).toLowerCase();
    return Object.hasOwn(ENTITIES, key) ? (ENTITIES[key] ?? whole) : whole;
  });
}

/** Control characters and halves of characters become spaces. */
function characterOf(code: number): string {
  const usable = code > 31 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return usable ? String.fromCodePoint(code) : ' ';
}

function tidy(text: string): string {
  const lines = text.split('\n').map((line) => line.replace(/[ \t\r\f\v\u00a0]+/g, ' ').trim());
  return lines
    .filter((line, index) => line !== '' || lines[index - 1] !== '')
    .join('\n')
    .trim();
}

/** An element of an XML document; text between its children is joined. */
export interface Element {
  name: string;
  attributes: Record<string, string>;
  children: Element[];
  text: string;
}

const NAMED: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/** Text between tags or in an attribute. Throws RangeError for a character that XML cannot hold. */
export function escapeMarkup(text: string): string {
  const control = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.exec(text);
  if (control) throw new RangeError('The text holds a character that XML cannot hold.');
  return text.replace(/[<>&"\r\n\t]/g, (char) => {
    const name = Object.keys(NAMED).find((key) => NAMED[key] === char);
    return name === undefined ? `&#${char.charCodeAt(0)};` : `&${name};`;
  });
}

const plainText = (text: string): string =>
  text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (written, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return NAMED[name] ?? written;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10_ff_ff ? String.fromCodePoint(code) : written;
    },
  );

/** Comments, instructions and document types are passed over; CDATA and text are groups 1 and 2, a tag 3 to 6. */
const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!DOCTYPE[^>[]*(?:\[[\s\S]*?\])?[^>]*>|<!\[CDATA\[([\s\S]*?)\]\]>|([^<]+)|<(\/?)([\w:.-]+)((?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>/gy;
const ATTRIBUTE = /([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/**
 * The root of a small, well-formed document, such as a property list or a task; undefined for anything else.
 * It knows no entities but the five of XML, and reads nothing from elsewhere.
 */
export function parseMarkup(document: string): Element | undefined {
  const text = document.replace(/^\uFEFF/, '');
  const top = element('', '');
  const open = [top];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    end = token.index + token[0].length;
    if (!take(token, open)) return undefined;
  }
  const [root, ...others] = top.children;
  return end === text.length && open.length === 1 && others.length === 0 ? root : undefined;
}

/** False when a closing tag does not fit. An opening tag becomes the place where the next ones go. */
function take(token: RegExpMatchArray, open: Element[]): boolean {
  const [, literal, prose, closing, name, attributes = '', isEmpty] = token;
  if (closing === '/') return open.length > 1 && open.pop()?.name === name;
  const parent = open.at(-1);
  if (name === undefined) {
    if (parent) parent.text += literal ?? plainText(prose ?? '');
    return true;
  }
  const child = element(name, attributes);
  parent?.children.push(child);
  if (!isEmpty) open.push(child);
  return true;
}

function element(name: string, attributes: string): Element {
  const pairs = [...attributes.matchAll(ATTRIBUTE)].map(
    ([, key = '', double, single]) => [key, plainText(double ?? single ?? '')] as const,
  );
  return { name, attributes: Object.fromEntries(pairs), children: [], text: '' };
}

/** The first child of that name, and of that its first child, and so on. */
export const descend = (from: Element | undefined, ...names: string[]): Element | undefined =>
  names.reduce<Element | undefined>((at, name) => at?.children.find((child) => child.name === name), from);

import { REDACTED, redactPatterns } from './redact-patterns.ts';

export interface Redactor {
  /** Registers a secret by value. Values under 4 characters are ignored: they would blank out ordinary text. */
  add(value: string): void;
  /** The text without any registered secret, in clear or encoded, and without what looks like one. */
  redact(text: string): string;
}

const MIN_SECRET_CHARS = 4;
const MIN_INNER_BASE64_CHARS = 8;

const percentLower = (text: string): string => text.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
const urlSafe = (text: string): string => text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/** encodeURIComponent throws on half a surrogate pair; such a value has no URL form. */
function urlEncoded(value: string): string[] {
  try {
    const encoded = encodeURIComponent(value);
    const form = new URLSearchParams([['', value]]).toString().slice(1);
    return [encoded, percentLower(encoded), form, percentLower(form)];
  } catch {
    return [];
  }
}

/** The characters of base64 that do not depend on what stands before and after the value, for each alignment. */
function insideBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((shift + bytes.length) * 8) / 6);
    const inner = encoded.slice(Math.ceil((shift * 8) / 6), whole);
    return inner.length >= MIN_INNER_BASE64_CHARS ? [inner, urlSafe(inner)] : [];
  });
}

function formsOf(value: string): string[] {
  const json = JSON.stringify(value).slice(1, -1);
  const base64 = Buffer.from(value).toString('base64');
  return [
    value,
    json,
    JSON.stringify(json).slice(1, -1),
    ...urlEncoded(value),
    base64,
    urlSafe(base64),
    ...insideBase64(value),
  ].filter((form) => form.length >= MIN_SECRET_CHARS);
}

/** The one place that keeps secrets out of logs: by value for those the program knows, by look for the others. */
export function createRedactor(): Redactor {
  const values = new Set<string>();
  const known = new Set<string>();
  let forms: string[] = [];

  const redactValues = (text: string): string => {
    let result = text;
    // Taking one value out can join two halves of another; every round shortens the text, so this ends.
    for (let before = ''; before !== result; ) {
      before = result;
      for (const form of forms) {
        if (result.includes(form)) result = result.replaceAll(form, REDACTED);
      }
    }
    return result;
  };

  return {
    add(value) {
      if (value.length < MIN_SECRET_CHARS || values.has(value)) return;
      values.add(value);
      for (const form of formsOf(value)) known.add(form);
      forms = [...known].sort((one, other) => other.length - one.length);
    },
    redact: (text) => redactValues(redactPatterns(redactValues(text))),
  };
}

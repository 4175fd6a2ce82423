import { isSensitiveName } from '../config/sensitive-keys.ts';

const HIDDEN = '(hidden)';

/** Variables that say where something is. All others may be secrets, whatever they are called. */
const isHarmless = (name: string): boolean =>
  (/^(PATH|HOME|LANG|TMPDIR|NODE_EXTRA_CA_CERTS)$/.test(name) || /^OPENCLAW_/.test(name)) &&
  !isSensitiveName(name);

/** What may be told of a variable of a service. */
export const publicValue = (name: string, text: string): string => (isHarmless(name) ? text : HIDDEN);

/** From the first assignment that may be a secret on, a line of a unit is hidden: quotes may hide where it ends. */
function unitLine(line: string): string {
  const secret = [...line.matchAll(/([A-Za-z_]\w*)=/g)].find(
    ([, name = ''], index) => index > 0 && !isHarmless(name),
  );
  return secret ? `${line.slice(0, secret.index)}${secret[1]}=${HIDDEN}` : line;
}

/**
 * The text of a unit, plist, task or file of variables without what may be a secret: definitions of older
 * installations hold tokens, in variables and in arguments.
 */
export function publicDefinition(text: string): string {
  return text
    .replace(/^(Environment\s*=.*)$/gm, unitLine)
    .replace(
      /(<key>([^<]*)<\/key>\s*<string>)([^<]*)/g,
      (whole, head: string, name: string, value: string) =>
        /^[A-Z][A-Z0-9_]*$/.test(name) ? `${head}${publicValue(name, value)}` : whole,
    )
    .replace(
      /^([A-Z][A-Z0-9_]*)=(.*)$/gm,
      (_, name: string, value: string) => `${name}=${publicValue(name, value)}`,
    )
    .replace(/(<string>--(?:token|password)<\/string>\s*<string>)[^<]*/g, `$1${HIDDEN}`)
    .replace(/(--(?:token|password)(?:=|["']?\s+))[^<\n]*/g, `$1${HIDDEN}`);
}

/**
 * Whether a list of patterns of OpenSSH (`*`, `?`, `!` before one that excludes) means this name. One that excludes
 * wins over all others. Upper and lower case differ.
 */
export function matchesPatterns(patterns: readonly string[], name: string): boolean {
  const hits = patterns.filter((pattern) => isHit(pattern.replace(/^!/, ''), name));
  return hits.length > 0 && !hits.some((pattern) => pattern.startsWith('!'));
}

/** Without regular expressions: a pattern full of stars must not cost more than its length times the name's. */
function isHit(wanted: string, text: string): boolean {
  let at = 0;
  let star = -1;
  let starText = 0;
  for (let index = 0; index < text.length; ) {
    if (wanted[at] === '*') {
      star = at;
      starText = index;
      at += 1;
    } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === text[index])) {
      at += 1;
      index += 1;
    } else if (star === -1) {
      return false;
    } else {
      at = star + 1;
      starText += 1;
      index = starText;
    }
  }
  return /^\**$/.test(wanted.slice(at));
}

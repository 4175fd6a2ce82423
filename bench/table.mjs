/**
 * A row is `{ what, unit, ours, theirs, target }`. Targets: `{ atMost: ratio }`, `{ atLeast: ratio }`, or
 * `{ below: value }` for ours alone; a row without a target informs. `undefined` was not measured.
 */
const print = {
  ms: (value) => `${value.toFixed(value < 10 ? 2 : 0)} ms`,
  MB: (value) => `${(value / 1e6).toFixed(1)} MB`,
  kB: (value) => `${(value / 1e3).toFixed(1)} kB`,
  percent: (value) => `${value.toFixed(2)} %`,
  count: (value) => `${value}`,
  perSecond: (value) => `${Math.round(value)}/s`,
  bytesPerSecond: (value) => `${Math.round(value / 1e6)} MB/s`,
};

export function verdictOf({ ours, theirs, target }) {
  if (ours === undefined || theirs === undefined) return 'not measured';
  if (!target) return '';
  const ratio = ours / theirs;
  const isMet =
    (target.atMost === undefined || ratio <= target.atMost) &&
    (target.atLeast === undefined || ratio >= target.atLeast) &&
    (target.below === undefined || ours < target.below);
  return isMet ? 'ok' : 'MISSED';
}

function targetText({ unit, target = {} }) {
  if (target.atMost !== undefined) return `<= ${target.atMost.toFixed(2)}x`;
  if (target.atLeast !== undefined) return `>= ${target.atLeast.toFixed(2)}x`;
  if (target.below !== undefined) return `< ${print[unit](target.below)}`;
  return '';
}

export function table(rows) {
  const cells = rows.map((row) => {
    const { what, unit, ours, theirs } = row;
    const isMeasured = ours !== undefined && theirs !== undefined;
    const values = isMeasured
      ? [`${(ours / theirs).toFixed(2)}x`, print[unit](ours), print[unit](theirs)]
      : ['', '', ''];
    return [what, targetText(row), ...values, verdictOf(row)];
  });
  const lines = [['measure', 'target', 'ratio', 'ours', 'baseline', ''], ...cells];
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const format = (line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[column])))
      .join('  ');
  return lines.map((line) => format(line).trimEnd()).join('\n');
}

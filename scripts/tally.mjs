/**
 * The one line that every runner of checks or tests ends with, and how to read and sum such lines.
 * `node scripts/tally.mjs <output file> …` prints the sum; an output without its line counts as a failure.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export const nothing = { passed: 0, failed: 0, skipped: 0 };

export const sum = (tallies) =>
  tallies.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    nothing,
  );

export const line = ({ passed, failed, skipped }) =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** The tally in the last line of an output, or undefined when the output ends in anything else. */
export function parse(output) {
  const last = output.trimEnd().split('\n').at(-1) ?? '';
  const found = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(last);
  return found && { passed: Number(found[1]), failed: Number(found[2]), skipped: Number(found[3] ?? 0) };
}

/**
 * Counts what vitest's JSON report tells. A file that did not load counts as one failed test, and so
 * does a run that ended badly although each test passed (an unhandled error, a missing report).
 */
export function ofVitest(report, exitCode) {
  if (!report) return { ...nothing, failed: 1 };
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  const failed = report.numFailedTests + broken.length;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Tests that passed only when they were tried again: their names, and what they failed with before. */
export const secondTries = (report) =>
  (report?.testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults
      .filter(({ status, failureMessages = [] }) => status === 'passed' && failureMessages.length > 0)
      .map(({ fullName, failureMessages: [first] }) => ({ name: fullName, failure: first })),
  );

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const outputs = process.argv.slice(2).map((file) => readFileSync(file, 'utf8'));
  const total = sum(outputs.map((output) => parse(output) ?? { ...nothing, failed: 1 }));
  console.log(line(total));
  process.exitCode = total.failed > 0 ? 1 : 0;
}

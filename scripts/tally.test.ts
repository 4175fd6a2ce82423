import { describe, expect, it } from 'vitest';
import { line, ofVitest, parse, secondTries, sum } from './tally.mjs';

const passing = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const report = (over: Record<string, unknown>) => ({
  numPassedTests: 1,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [passing],
  ...over,
});

describe('the tally of a run', () => {
  it('names skipped tests only when there are some', () => {
    expect(line({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed');
    expect(line({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped');
  });

  it('reads back from the last line of an output what it wrote, and nothing else', () => {
    expect(parse('noise\n3 passed, 1 failed, 2 skipped\n')).toEqual({ passed: 3, failed: 1, skipped: 2 });
    expect(parse('3 passed, 1 failed\nand then it crashed\n')).toBeFalsy();
    expect(parse('')).toBeFalsy();
  });

  it('adds up every field', () => {
    const one = { passed: 1, failed: 2, skipped: 3 };
    expect(sum([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
  });

  it('counts a test file that could not be loaded as one failure', () => {
    const broken = { status: 'failed', assertionResults: [] };
    expect(ofVitest(report({ testResults: [passing, broken] }), 1)).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a failing test once, not again for its file', () => {
    const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
    expect(ofVitest(report({ numFailedTests: 1, testResults: [failing] }), 1).failed).toBe(1);
  });

  it('names what passed only when it was tried again', () => {
    const again = { status: 'passed', fullName: 'the tray opens', failureMessages: ['Error: no icon'] };
    const tries = { status: 'passed', assertionResults: [{ status: 'passed', failureMessages: [] }, again] };
    const failing = { status: 'failed', assertionResults: [{ ...again, status: 'failed' }] };
    expect(secondTries(report({ testResults: [passing, tries, failing] }))).toEqual([
      { name: 'the tray opens', failure: 'Error: no icon' },
    ]);
    expect(secondTries(undefined)).toEqual([]);
  });

  it('never calls a run good that ended badly or left no report', () => {
    expect(ofVitest(report({}), 1).failed).toBe(1);
    expect(ofVitest(undefined, 0).failed).toBe(1);
    expect(ofVitest(report({}), 0).failed).toBe(0);
  });
});

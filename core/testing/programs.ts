/**
 * Whether a program of scripts/system-packages.mjs is missing, for `describe.skipIf(lacks('sshd'))`. Where a
 * test is skipped, `npm test` has said which package brings the program.
 */
export function lacks(...programs: string[]): boolean {
  const missing = (process.env.OPENCLAW_TEST_MISSING_PROGRAMS ?? '').split(', ');
  return process.platform === 'win32' || programs.some((program) => missing.includes(program));
}

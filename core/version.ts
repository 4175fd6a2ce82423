/** The version of this program; `scripts/build.mjs` and a test keep it equal to package.json. */
export const VERSION = '2026.11.0';

import { FINDING_CODES } from './findings.ts';

/** Rooms whose codes people are shown, each with what it says; every code has a page in docs/errors. */
const ROOMS: readonly (readonly string[])[] = [FINDING_CODES];

/** Every code that has a page, sorted. */
export const allCodes = (): string[] => [...new Set(ROOMS.flat())].sort();

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Era = 'v4' | 'v3';
export type Json = Record<string, unknown>;

export interface Frame extends Json {
  type?: string;
  id?: unknown;
  method?: string;
  event?: string;
  params?: Json;
  payload?: unknown;
  error?: Json;
  close?: { code: number; reason: string };
  raw?: string;
  httpStatus?: number;
}

/** One line: a frame as the recorded client saw it going in or out, or a remark of the recorder. */
export type Line =
  | { conn?: string; dir: 'in' | 'out'; frame: Frame }
  | { conn?: string; dir?: undefined; note: unknown };

export interface HttpLine {
  name: string;
  request: { method: string; path: string };
  response: { status: number; headers: Record<string, string>; body: string };
}

export interface Recording {
  era: Era;
  /** `02-auth-failures` */
  name: string;
  lines: Line[];
}

const FIXTURES = join(import.meta.dirname, 'fixtures');

/**
 * What OpenClaw 2026.9.6 (v4) and 2026.3.13 (v3) said to a client, without what no method of ours is about:
 * requests for other methods, lists of hundreds of names, and texts.
 */
export function recordings(): Recording[] {
  return (['v4', 'v3'] as const).flatMap((era) =>
    readdirSync(join(FIXTURES, era))
      .filter((file) => !file.startsWith('30-'))
      .map((file) => ({ era, name: file.replace('.jsonl', ''), lines: linesOf<Line>(era, file) })),
  );
}

export const httpRecordings = (era: Era): HttpLine[] => linesOf<HttpLine>(era, '30-http.jsonl');

function linesOf<T>(era: Era, file: string): T[] {
  const text = readFileSync(join(FIXTURES, era, file), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);
}

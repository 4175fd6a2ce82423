import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { Script } from 'node:vm';
import type { CodeCache } from './code-cache.ts';

/** First line of the file of parts; the text behind it is ASCII. */
export interface PartsTable {
  /** The part to begin with. */
  entry: string;
  /** Name → where its text begins and how long it is, and the parts it cannot be evaluated without. */
  parts: Record<string, readonly [start: number, length: number, imports: readonly string[]]>;
}

type Require = (name: string) => unknown;
type PartRequire = Require & { late(name: string): object; define(exports: object, getters: Getters): void };
type Getters = Record<string, () => unknown>;
type Part = (exports: object, require: PartRequire, module: { exports: object }) => void;

interface Compiled {
  script: Script;
  name: string;
  source: Buffer;
  isNew: boolean;
}

const HEAD = "'use strict';({";
const TAIL = '})';
/** Mostly, the table is shorter. */
const FIRST_BYTES = 64 * 1024;
const KEEP_AFTER_MS = 1000;

/**
 * Runs the program in `file`. A part is compiled together with all it needs when it is first reached, and evaluated
 * once. `require` loads modules of Node, and files beside it.
 */
export function runParts(file: string, cache: CodeCache, require: Require): void {
  const { table, copy } = openParts(file);
  const parts: Record<string, Part> = {};
  const loaded: Record<string, { exports: object }> = {};
  const compiled: Compiled[] = [];
  const lates: Record<string, object> = {};
  const requirePart = Object.assign(load, { late, define });

  function load(name: string): unknown {
    const known = loaded[name];
    if (known) return known.exports;
    if (!Object.hasOwn(table.parts, name)) return require(name);
    if (!parts[name]) Object.assign(parts, compile(name));
    const module = { exports: {} };
    loaded[name] = module;
    parts[name]?.(module.exports, requirePart, module);
    return module.exports;
  }

  function late(name: string): object {
    lates[name] ??= lateModule(name, require);
    return lates[name];
  }

  function compile(first: string): Record<string, Part> {
    const names = missing(first);
    const source = sourceOf(names.map((name) => table.parts[name] ?? [0, 0, []]));
    const name = basename(first, '.cjs');
    const cachedData = cache.read(name, source);
    const script = new Script(source.toString('latin1'), {
      filename: `${file}/${name}`,
      ...(cachedData && { cachedData }),
    });
    compiled.push({ script, name, source, isNew: !cachedData || script.cachedDataRejected === true });
    return script.runInThisContext() as Record<string, Part>;
  }

  /** What a part needs and is not there yet. */
  function missing(first: string): string[] {
    const names = new Set([first]);
    for (const name of names)
      for (const next of table.parts[name]?.[2] ?? []) if (!parts[next]) names.add(next);
    return [...names];
  }

  function sourceOf(texts: readonly PartsTable['parts'][string][]): Buffer {
    const length = texts.reduce((sum, text) => sum + text[1], HEAD.length + TAIL.length);
    const source = Buffer.allocUnsafeSlow(length);
    let at = source.write(HEAD, 'latin1');
    for (const [start, size] of texts) {
      copy(source.subarray(at, at + size), start);
      at += size;
    }
    source.write(TAIL, at, 'latin1');
    return source;
  }

  // By then V8 has compiled what the command needed. One that ended before its action began says too little.
  process.once('exit', () => {
    if (compiled.length < 2) return;
    for (const { script, name, source, isNew } of compiled)
      if (isNew) cache.write(name, source, script.createCachedData());
  });
  load(table.entry);
}

interface OpenParts {
  table: PartsTable;
  /** Fills `target` with the text that begins at `start`. */
  copy(target: Buffer, start: number): void;
}

/**
 * A query reads what it needs, and leaves. Whoever stays for days goes on while its installation is replaced: the
 * file is open, and soon the whole of it is in memory.
 */
function openParts(file: string): OpenParts {
  return IN_ARCHIVE.test(file) ? partsIn(readFileSync(file)) : partsOf(file);
}

/** Electron writes a copy of a file in its archive to the disk before it opens it, and reads one without. */
const IN_ARCHIVE = /\.asar[\\/]/;

function partsIn(whole: Buffer): OpenParts {
  const end = whole.indexOf('\n') + 1;
  const table = JSON.parse(whole.toString('latin1', 0, end)) as PartsTable;
  return { table, copy: (target, start) => void whole.copy(target, 0, end + start) };
}

function partsOf(file: string): OpenParts {
  const opened = openSync(file, 'r');
  const { size } = fstatSync(opened);
  let header = bytesAt(0, Math.min(FIRST_BYTES, size));
  if (!header.includes('\n')) header = bytesAt(0, size);
  const end = header.indexOf('\n') + 1;
  let kept: Buffer | undefined;
  setTimeout(() => {
    kept = bytesAt(end, size - end);
    closeSync(opened);
  }, KEEP_AFTER_MS).unref();

  function bytesAt(start: number, length: number): Buffer {
    const target = Buffer.allocUnsafeSlow(length);
    fill(target, start);
    return target;
  }

  function fill(target: Buffer, start: number): void {
    for (let at = 0; at < target.length; ) {
      const read = readSync(opened, target, at, target.length - at, start + at);
      if (read === 0) throw new Error(`${file} ends too early. Install the program again.`);
      at += read;
    }
  }

  const table = JSON.parse(header.toString('latin1', 0, end)) as PartsTable;
  const copy = (target: Buffer, start: number): void => {
    if (kept) kept.copy(target, 0, start);
    else fill(target, end + start);
  };
  return { table, copy };
}

/** What a part exports: the values that its variables have when they are asked for. */
function define(exports: object, getters: Getters): void {
  Object.defineProperty(exports, '__esModule', { value: true });
  for (const [name, get] of Object.entries(getters))
    Object.defineProperty(exports, name, { get, enumerable: true });
}

/** Stands for a module of Node, which is loaded with the first thing that is asked of it. */
function lateModule(name: string, require: Require): object {
  const known: Record<PropertyKey, unknown> = Object.create(
    new Proxy(
      {},
      {
        get: (_, key) => {
          known[key] = (require(name) as typeof known)[key];
          return known[key];
        },
      },
    ),
  );
  return known;
}

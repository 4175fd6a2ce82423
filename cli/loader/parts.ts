import { readFileSync } from 'node:fs';
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
type PartRequire = Require & { late(name: string): object };
type Part = (exports: object, require: PartRequire, module: { exports: object }) => void;

interface Compiled {
  script: Script;
  name: string;
  source: Buffer;
  isNew: boolean;
}

/**
 * Runs the program in `file`. A part is compiled together with all it needs when it is first reached, and evaluated
 * once. The whole file stays in memory, so that a process that runs for days goes on while its installation is replaced.
 * `require` loads modules of Node, and files beside it.
 */
export function runParts(file: string, cache: CodeCache, require: Require): void {
  const bytes = readFileSync(file);
  const end = bytes.indexOf('\n') + 1;
  const table = JSON.parse(bytes.toString('latin1', 0, end)) as PartsTable;
  const parts: Record<string, Part> = {};
  const loaded: Record<string, { exports: object }> = {};
  const compiled: Compiled[] = [];
  const lates: Record<string, object> = {};
  const requirePart = Object.assign(load, { late });

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
    const texts = names.map((name) => textOf(table.parts[name] ?? [0, 0, []]));
    const source = Buffer.concat([Buffer.from("'use strict';({"), ...texts, Buffer.from('})')]);
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

  const textOf = ([start, length]: readonly [number, number, unknown]): Buffer =>
    bytes.subarray(end + start, end + start + length);

  // By then V8 has compiled what the command needed. One that ended before its action began says too little.
  process.once('exit', () => {
    if (compiled.length < 2) return;
    for (const { script, name, source, isNew } of compiled)
      if (isNew) cache.write(name, source, script.createCachedData());
  });
  load(table.entry);
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

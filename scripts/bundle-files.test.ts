import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loaderOptions, splitOptions, transformOptions } from './build.mjs';
import { partsOf } from './bundle-files.mjs';

/**
 * Prints what it reaches by `import()`. Before, with `removed` it takes its own file away, and with `overwritten` it
 * waits until what it waits for is due, and then others write over its file.
 */
const sourcesOf = (word: string): Record<string, string> => ({
  'fault.ts': 'export class Fault extends Error {}',
  'late.ts': `import { Fault } from './fault.ts'; export const fail = () => { throw new Fault('${word}'); };`,
  'act.ts': "export const act = async () => (await import('./late.ts')).fail();",
  'entry.ts': `import { rmSync, writeFileSync } from 'node:fs';
    import { Fault } from './fault.ts';
    const file = process.argv[1].replace('.cjs', '.parts');
    if (process.argv[2] === 'removed') rmSync(file);
    if (process.argv[2]?.startsWith('overwritten')) {
      if (process.argv[2] === 'overwritten-later') globalThis.whatIsDue();
      writeFileSync(file, 'x'.repeat(9999));
    }
    const show = (error) => console.log(error instanceof Fault, error.message, /^(是|好)$/.test('好'));
    if (process.argv[2] !== 'nothing') import('./act.ts').then(({ act }) => act()).catch(show);`,
});
let folder: string;

async function make(name: string, word: string): Promise<void> {
  const dir = join(folder, name);
  mkdirSync(join(dir, 'home'), { recursive: true });
  for (const [path, text] of Object.entries(sourcesOf(word))) writeFileSync(join(dir, path), text);
  const names = { entryNames: '[name]', chunkNames: '[name]' };
  const split = await build({ ...splitOptions, ...names, absWorkingDir: dir, entryPoints: ['entry.ts'] });
  const toCommonJs = async (text: string) => (await transform(text, transformOptions)).code;
  writeFileSync(
    join(dir, 'openclaw.parts'),
    await partsOf(split, { entry: 'entry.ts', transform: toCommonJs }),
  );
  await build({ ...loaderOptions, outfile: join(dir, 'openclaw.cjs'), write: true });
}

function run(name: string, ...args: string[]): string {
  const env = { PATH: process.env.PATH, HOME: join(folder, name, 'home') };
  const command = ['--require', join(folder, 'timers.cjs'), join(folder, name, 'openclaw.cjs'), ...args];
  return execFileSync(process.execPath, command, { encoding: 'utf8', env }).trim();
}

const cacheOf = (name: string): string => join(folder, name, 'home', '.cache', 'openclaw-tray');

/** Gives the program code that was kept for another one, whose text is as long. */
function swapCode(name: string, other: string): void {
  for (const file of readdirSync(cacheOf(name))) {
    const [part = ''] = file.split('-');
    const theirs = readdirSync(cacheOf(other)).find((each) => each.startsWith(`${part}-`));
    copyFileSync(join(cacheOf(other), theirs ?? ''), join(cacheOf(name), file));
  }
}

/** Time passes when the program says so: `whatIsDue` carries out all that was put off. */
const TIMERS = `const tasks = [];
  globalThis.setTimeout = (task) => (tasks.push(task), { unref() {} });
  globalThis.whatIsDue = () => tasks.splice(0).forEach((task) => task());`;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-files-'));
  writeFileSync(join(folder, 'timers.cjs'), TIMERS);
  await make('program', 'true word');
});
afterEach(() => rmSync(folder, { recursive: true }));

it('a class is one and the same in all parts', () => {
  expect(run('program')).toBe('true true word true');
});

it('a program that runs goes on although its files are gone', () => {
  expect(run('program', 'removed')).toBe('true true word true');
});

it('a program that stays has its file in memory soon, and goes on although others write over it', () => {
  expect(run('program', 'overwritten-later')).toBe('true true word true');
});

it('until then it reads from its file, so that a query reads no more than it needs', () => {
  expect(run('program', 'overwritten')).not.toContain('true word');
});

describe.skipIf(process.platform === 'win32')('code that V8 has made', () => {
  it('is kept by one run and used by the next', async () => {
    await make('other', 'good news');
    expect(run('program')).toBe('true true word true');
    expect(run('other')).toBe('true good news true');
    swapCode('program', 'other');
    expect(run('program')).toBe('true good news true');
  });

  it('is not used when its folder is a link', async () => {
    await make('other', 'good news');
    for (const name of ['program', 'other']) run(name);
    swapCode('program', 'other');
    execFileSync('mv', [cacheOf('program'), join(folder, 'elsewhere')]);
    symlinkSync(join(folder, 'elsewhere'), cacheOf('program'));
    expect(run('program')).toBe('true true word true');
  });

  it('is made anew when it is damaged', () => {
    run('program');
    const files = readdirSync(cacheOf('program')).map((file) => join(cacheOf('program'), file));
    for (const file of files) writeFileSync(file, 'damaged');
    expect(run('program')).toBe('true true word true');
    expect(execFileSync('cat', files, { encoding: 'latin1' })).not.toContain('damaged');
  });

  it('is not kept by a run that came to no command', () => {
    run('program', 'nothing');
    expect(readdirSync(join(folder, 'program', 'home'))).toEqual([]);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, transform } from 'esbuild';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { splitOptions, transformOptions } from './build.mjs';
import { filesOf } from './bundle-files.mjs';

const sources = {
  'fault.ts': 'export class Fault extends Error {}',
  'late.ts': "import { Fault } from './fault.ts'; export const fail = () => { throw new Fault('late'); };",
  'brief.ts': "export const act = async () => (await import('./late.ts')).fail();",
  'long.ts': "export const act = async () => (await import('./late.ts')).fail();",
  'entry.ts': `import { Fault } from './fault.ts';
    const command = process.argv[2] === 'long' ? import('./long.ts') : import('./brief.ts');
    command.then(({ act }) => act()).catch((error) => console.log(error instanceof Fault, error.code ?? error.message));`,
};
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-files-'));
  for (const [name, text] of Object.entries(sources)) writeFileSync(join(folder, name), text);
  const split = await build({
    ...splitOptions,
    absWorkingDir: folder,
    entryPoints: ['entry.ts'],
    outdir: join(folder, 'dist'),
  });
  const files = await filesOf(split, {
    entry: 'entry.ts',
    whole: ['long.ts'],
    transform: async (text: string) => (await transform(text, transformOptions)).code,
  });
  mkdirSync(join(folder, 'dist', 'parts'), { recursive: true });
  for (const [path, text] of files) writeFileSync(join(folder, 'dist', path), text);
});

afterEach(() => rmSync(folder, { recursive: true }));

const run = (command: string): string =>
  execFileSync(process.execPath, [join(folder, 'dist', 'openclaw.cjs'), command], {
    encoding: 'utf8',
  }).trim();

function removePart(name: string): void {
  const parts = join(folder, 'dist', 'parts');
  const [file = ''] = readdirSync(parts).filter((each) => each.startsWith(`${name}-`));
  rmSync(join(parts, file));
}

it.each(['brief', 'long'])('a class is one and the same in all parts of a %s command', (command) => {
  expect(run(command)).toBe('true late');
});

it('a command that carries all it reaches goes on without the files of its parts, another does not', () => {
  removePart('late');
  expect(run('long')).toBe('true late');
  expect(run('brief')).toBe('false MODULE_NOT_FOUND');
});

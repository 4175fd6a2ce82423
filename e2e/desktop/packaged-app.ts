import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

const scripts = join(import.meta.dirname, '../../scripts');

/** What a package of the app holds. */
export interface PackagedApp {
  /** The program of the app, with the fuses of a release. */
  program: string;
  /** The same program with the fuse that lets a test attach. */
  inspectable: string;
  /** The command line in it. */
  launcher: string;
  dir: string;
}

interface PackageScript {
  packageForTests(): Promise<{ released: string; inspectable: string } | undefined>;
}

/** Builds the package when it is older than what it is made of. */
export async function packagedApp(): Promise<PackagedApp> {
  const script = join(scripts, 'package-for-tests.mjs');
  const { packageForTests } = (await import(pathToFileURL(script).href)) as PackageScript;
  const made = await packageForTests();
  if (!made) throw new Error('there is no Electron: node scripts/electron-runtime.mjs');
  return {
    program: join(made.released, 'openclaw-tray'),
    inspectable: join(made.inspectable, 'openclaw-tray'),
    launcher: join(made.released, 'resources/bin/openclaw'),
    dir: made.released,
  };
}

/** Makes packages of the app in a directory, by a process of its own: electron-builder writes to the console. */
export async function makeArchives(targets: readonly string[], directory: string): Promise<void> {
  const script = pathToFileURL(join(scripts, 'package-for-tests.mjs')).href;
  const source = `import { archivesForTests } from ${JSON.stringify(script)};
    await archivesForTests(${JSON.stringify(targets)}, ${JSON.stringify(directory)});`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', source]);
}

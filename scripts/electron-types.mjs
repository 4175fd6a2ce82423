/** The types of the older Electron that tests may run on, so that `main` uses only what both versions have. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, withPackageFile } from './registry-package.mjs';

const OLDER = {
  spec: 'electron@33.2.1',
  integrity:
    'sha512-SG/nmSsK9Qg1p6wAW+ZfqU+AV8cmXMTIklUL18NnOKfZLlum4ZsDoVdmmmlL39ZmeCaq27dr7CgslRPahfoVJg==',
  file: 'electron.d.ts',
};

/** Fetches them once; main/tsconfig.electron-33.json names the place. */
export async function fetchOlderTypes() {
  const dir = join(cacheDir, 'electron-33.2.1-types');
  const file = join(dir, 'electron.d.ts');
  if (existsSync(file)) return;
  await withPackageFile(OLDER, (unpacked) => {
    mkdirSync(dir, { recursive: true });
    copyFileSync(unpacked, file);
  });
}

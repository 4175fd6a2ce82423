import { readFile } from 'node:fs/promises';
import type { BridgeHandlers } from '../bridge/serve.ts';
import type { Desk } from '../desk.ts';
import type { Installation } from '../installation.ts';

export interface OverviewDeps {
  desk: Desk;
  installation: Installation;
  about: Awaited<ReturnType<BridgeHandlers['about.get']>>;
  /** Each there or not: a build without it has nothing to show. */
  licenseFiles: readonly string[];
}

type Methods = 'verdict.get' | 'about.get' | 'updates.get' | 'licenses.get';

export function overviewHandlers(deps: OverviewDeps): Pick<BridgeHandlers, Methods> {
  const { desk, installation, about, licenseFiles } = deps;
  return {
    'verdict.get': ({ fresh }) => desk.verdict(fresh),
    'about.get': () => about,
    'updates.get': () => installation.updates(desk.view.language),
    'licenses.get': async () => {
      const texts = await Promise.all(licenseFiles.map((path) => readFile(path, 'utf8').catch(() => '')));
      return { text: texts.filter(Boolean).join('\n\n') };
    },
  };
}

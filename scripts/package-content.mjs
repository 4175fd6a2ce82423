/** What electron-builder asks before it seals a package: nothing but the app may be started from it. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Electron starts a directory `app` before an archive, and its own sample where there is neither. */
const FOREIGN = ['app', 'default_app.asar'];

/** `afterPack` of electron-builder. */
export default async function afterPack({ appOutDir, electronPlatformName, packager }) {
  const resources =
    electronPlatformName === 'darwin'
      ? join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents', 'Resources')
      : join(appOutDir, 'resources');
  for (const name of FOREIGN) rmSync(join(resources, name), { recursive: true, force: true });
  if (!existsSync(join(resources, 'app.asar'))) throw new Error(`${resources} has no app.asar.`);
}
